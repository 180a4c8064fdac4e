"""What other services report. The highest sequence applied decides the state; a fact that arrives late adds what is missing."""

from datetime import datetime

from services.registration.domain.outcomes import CertificateOutcome, MailOutcome
from shared.contracts.receipts import Receipt
from shared.runtime.database import Connection

_NOT_ERASED = "NOT EXISTS (SELECT FROM registrations WHERE id = $1 AND state = 'erased')"


async def save_mail(connection: Connection, outcome: MailOutcome, *, sequence: int, reported_at: datetime) -> None:
    """Store a mail's fate, unless its registration is erased."""
    await connection.execute(
        f"""
        INSERT INTO notification_outcomes AS o
            (registration_id, purpose, occurrence, workshop_id, sequence, state, language, due_at, reported_at,
             sent_at, reason, superseded_by, message_id)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE {_NOT_ERASED}
        ON CONFLICT (registration_id, purpose, occurrence) DO UPDATE
        SET sequence = excluded.sequence, state = excluded.state, language = excluded.language, due_at = excluded.due_at,
            reported_at = excluded.reported_at, sent_at = excluded.sent_at, reason = excluded.reason,
            superseded_by = excluded.superseded_by, message_id = excluded.message_id
        WHERE o.sequence < excluded.sequence
        """,  # noqa: S608 - constant
        outcome.registration_id,
        outcome.purpose,
        outcome.occurrence,
        outcome.workshop_id,
        sequence,
        outcome.state,
        outcome.language,
        outcome.due_at,
        reported_at,
        outcome.sent_at,
        outcome.reason,
        outcome.superseded_by,
        outcome.message_id,
    )


async def save_certificate(connection: Connection, outcome: CertificateOutcome, *, sequence: int) -> None:
    """Store what became of one edition, unless its registration is erased."""
    await connection.execute(
        f"""
        INSERT INTO certificate_outcomes AS o
            (registration_id, edition, workshop_id, sequence, state, serial, verification_token, issued_at,
             superseded_by, revoked_at, reason)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE {_NOT_ERASED}
        ON CONFLICT (registration_id, edition) DO UPDATE
        SET sequence = greatest(o.sequence, excluded.sequence),
            state = CASE WHEN o.sequence < excluded.sequence THEN excluded.state ELSE o.state END,
            verification_token = coalesce(o.verification_token, excluded.verification_token),
            issued_at = coalesce(o.issued_at, excluded.issued_at),
            superseded_by = coalesce(o.superseded_by, excluded.superseded_by),
            revoked_at = coalesce(o.revoked_at, excluded.revoked_at),
            reason = coalesce(o.reason, excluded.reason)
        WHERE o.sequence <> excluded.sequence
        """,  # noqa: S608 - constant
        outcome.registration_id,
        outcome.edition,
        outcome.workshop_id,
        sequence,
        outcome.state,
        outcome.serial,
        outcome.verification_token,
        outcome.issued_at,
        outcome.superseded_by,
        outcome.revoked_at,
        outcome.reason,
    )


async def save_receipt(connection: Connection, service: str, receipt: Receipt, *, sequence: int) -> None:
    """Store that a service has acted on a fact. Receipts hold ids and counts only, so they outlive erasure.

    All receipts of a service for one fact have one key on one topic, so the highest `sequence` is the last that was said.
    """
    await connection.execute(
        """
        INSERT INTO receipts AS r (service, fact_id, fact_type, workshop_id, registration_id, acted_at, effects, sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (fact_id, service) DO UPDATE
        SET acted_at = excluded.acted_at, effects = excluded.effects, sequence = excluded.sequence
        WHERE r.sequence < excluded.sequence
        """,
        service,
        receipt.fact_id,
        receipt.fact_type,
        receipt.workshop_id,
        receipt.registration_id,
        receipt.acted_at,
        receipt.effects,
        sequence,
    )
