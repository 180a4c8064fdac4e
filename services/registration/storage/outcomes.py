"""What other services report. The highest sequence applied decides the state; a fact that arrives late adds what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.registration.domain.outcomes import CertificateOutcome, MailOutcome
from shared.contracts.receipts import Receipt
from shared.runtime.database import Connection

_NOT_ERASED = "NOT EXISTS (SELECT FROM registrations WHERE id = $1 AND state = 'erased')"


@dataclass(frozen=True, slots=True)
class MailReport:
    """A mail's fate, the number of the fact that told it, and when, in business time."""

    outcome: MailOutcome
    sequence: int
    reported_at: datetime


async def save_mails(connection: Connection, reports: Sequence[MailReport]) -> None:
    """Store the fates of mails, each at most once, unless their registrations are erased."""
    outcomes = [report.outcome for report in reports]
    await connection.execute(
        """
        INSERT INTO notification_outcomes AS o
            (registration_id, purpose, occurrence, workshop_id, sequence, state, language, due_at, reported_at,
             sent_at, reason, superseded_by, message_id)
        SELECT n.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::timestamptz[],
                               $9::timestamptz[], $10::timestamptz[], $11::text[], $12::uuid[], $13::text[])
             AS n (registration_id, purpose, occurrence, workshop_id, sequence, state, language, due_at, reported_at,
                   sent_at, reason, superseded_by, message_id)
        WHERE (SELECT true FROM registrations r WHERE r.id = n.registration_id AND r.state = 'erased' LIMIT 1) IS NULL
        ORDER BY n.registration_id
        ON CONFLICT (registration_id, purpose, occurrence) DO UPDATE
        SET sequence = excluded.sequence, state = excluded.state, language = excluded.language, due_at = excluded.due_at,
            reported_at = excluded.reported_at, sent_at = excluded.sent_at, reason = excluded.reason,
            superseded_by = excluded.superseded_by, message_id = excluded.message_id
        WHERE o.sequence < excluded.sequence
        """,
        [outcome.registration_id for outcome in outcomes],
        [outcome.purpose for outcome in outcomes],
        [outcome.occurrence for outcome in outcomes],
        [outcome.workshop_id for outcome in outcomes],
        [report.sequence for report in reports],
        [outcome.state for outcome in outcomes],
        [outcome.language for outcome in outcomes],
        [outcome.due_at for outcome in outcomes],
        [report.reported_at for report in reports],
        [outcome.sent_at for outcome in outcomes],
        [outcome.reason for outcome in outcomes],
        [outcome.superseded_by for outcome in outcomes],
        [outcome.message_id for outcome in outcomes],
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


async def save_receipts(connection: Connection, service: str, receipts: Sequence[tuple[Receipt, int]]) -> None:
    """Store that a service has acted on facts, given as receipts with their numbers. They hold ids and counts only: they outlive erasure.

    All receipts of a service for one fact have one key on one topic, so the highest number is the last that was said.
    """
    await connection.execute(
        """
        INSERT INTO receipts AS r (service, fact_id, fact_type, workshop_id, registration_id, acted_at, effects, sequence)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::jsonb[], $8::bigint[])
             AS n (fact_id, fact_type, workshop_id, registration_id, acted_at, effects, sequence)
        ORDER BY n.fact_id
        ON CONFLICT (fact_id, service) DO UPDATE
        SET acted_at = excluded.acted_at, effects = excluded.effects, sequence = excluded.sequence
        WHERE r.sequence < excluded.sequence
        """,
        service,
        [receipt.fact_id for receipt, _ in receipts],
        [receipt.fact_type for receipt, _ in receipts],
        [receipt.workshop_id for receipt, _ in receipts],
        [receipt.registration_id for receipt, _ in receipts],
        [receipt.acted_at for receipt, _ in receipts],
        [receipt.effects for receipt, _ in receipts],
        [sequence for _, sequence in receipts],
    )
