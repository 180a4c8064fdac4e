"""What became of each certificate, as far as its mails need to know."""

from uuid import UUID

from shared.runtime.database import Connection


async def store_certificate(
    connection: Connection,
    *,
    registration_id: UUID,
    workshop_id: UUID,
    serial: str,
    state: str,
    sequence: int,
    fact_id: UUID,
    verification_token: str | None = None,
) -> None:
    """Keep the newest word about a certificate; an older one adds the token where it is missing."""
    await connection.execute(
        """
        INSERT INTO certificates AS c (registration_id, serial, workshop_id, state, sequence, fact_id, verification_token)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (registration_id, serial) DO UPDATE SET
            state = CASE WHEN excluded.sequence > c.sequence THEN excluded.state ELSE c.state END,
            fact_id = CASE WHEN excluded.sequence > c.sequence THEN excluded.fact_id ELSE c.fact_id END,
            sequence = greatest(c.sequence, excluded.sequence),
            verification_token = coalesce(c.verification_token, excluded.verification_token)
        WHERE excluded.sequence > c.sequence OR (c.verification_token IS NULL AND excluded.verification_token IS NOT NULL)
        """,
        registration_id,
        serial,
        workshop_id,
        state,
        sequence,
        fact_id,
        verification_token,
    )
