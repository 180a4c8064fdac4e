"""What became of each certificate, as far as its mails need to know."""

from uuid import UUID

from shared.contracts.certificates import CertificateEvent, CertificateIssued, CertificateRevoked
from shared.runtime.database import Connection


async def store_certificate(connection: Connection, event: CertificateEvent, *, state: str, sequence: int, fact_id: UUID) -> None:
    """Keep the newest word about a certificate; an older one adds the token where it is missing."""
    await connection.execute(
        """
        INSERT INTO certificates AS c
            (registration_id, serial, workshop_id, state, sequence, fact_id, verification_token, revocation_reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (registration_id, serial) DO UPDATE SET
            state = CASE WHEN excluded.sequence > c.sequence THEN excluded.state ELSE c.state END,
            fact_id = CASE WHEN excluded.sequence > c.sequence THEN excluded.fact_id ELSE c.fact_id END,
            revocation_reason = CASE WHEN excluded.sequence > c.sequence THEN excluded.revocation_reason ELSE c.revocation_reason END,
            sequence = greatest(c.sequence, excluded.sequence),
            verification_token = coalesce(c.verification_token, excluded.verification_token)
        WHERE excluded.sequence > c.sequence OR (c.verification_token IS NULL AND excluded.verification_token IS NOT NULL)
        """,
        event.registration_id,
        event.serial,
        event.workshop_id,
        state,
        sequence,
        fact_id,
        event.verification_token if isinstance(event, CertificateIssued) else None,
        event.reason if isinstance(event, CertificateRevoked) else None,
    )
