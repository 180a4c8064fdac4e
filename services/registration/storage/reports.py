"""What notifications and certificates reported about a registration's mails and certificate."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class MailReport:
    """The fate of one mail. `state` is sent, skipped, uncertain or failed; `reason` a code or the server's reply."""

    purpose: str
    occurrence: str
    state: str
    language: str | None
    due_at: datetime
    reported_at: datetime
    sent_at: datetime | None
    reason: str | None
    message_id: str | None


@dataclass(frozen=True, slots=True)
class CertificateReport:
    """One edition of a certificate. `state` is issued, superseded or revoked; the token opens `/verify/…` and `/certificates/….pdf`."""

    edition: int
    serial: str
    state: str
    verification_token: str | None
    issued_at: datetime | None
    superseded_by: str | None
    revoked_at: datetime | None
    reason: str | None


async def mails_of(connection: Connection, registration_id: UUID) -> list[MailReport]:
    """In the order of their due times."""
    rows = await connection.fetch(
        """
        SELECT purpose, occurrence, state, language, due_at, reported_at, sent_at, reason, message_id
        FROM notification_outcomes WHERE registration_id = $1 ORDER BY due_at, sequence
        """,
        registration_id,
    )
    return [MailReport(**dict(row)) for row in rows]


async def certificates_of(connection: Connection, registration_id: UUID) -> list[CertificateReport]:
    """The latest edition first."""
    rows = await connection.fetch(
        """
        SELECT edition, serial, state, verification_token, issued_at,
               CASE WHEN state = 'superseded' THEN superseded_by END AS superseded_by, revoked_at, reason
        FROM certificate_outcomes WHERE registration_id = $1 ORDER BY edition DESC
        """,
        registration_id,
    )
    return [CertificateReport(**dict(row)) for row in rows]


async def count_mails(connection: Connection, workshop_id: UUID) -> dict[tuple[str, str], int]:
    """How many mails of a workshop, by (purpose, state)."""
    rows = await connection.fetch(
        "SELECT purpose, state, outcomes FROM outcome_counts WHERE workshop_id = $1 AND told_by = 'notifications' AND outcomes > 0",
        workshop_id,
    )
    return {(row["purpose"], row["state"]): row["outcomes"] for row in rows}


async def count_certificates(connection: Connection, workshop_id: UUID) -> dict[str, int]:
    """How many certificates of a workshop, by state."""
    rows = await connection.fetch(
        "SELECT state, outcomes FROM outcome_counts WHERE workshop_id = $1 AND told_by = 'certificates' AND outcomes > 0", workshop_id
    )
    return {row["state"]: row["outcomes"] for row in rows}
