"""What became of a registration's mails and certificates, whichever event told it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts import certificates as certificate_events
from shared.contracts import notifications as notification_events


@dataclass(frozen=True, slots=True)
class MailOutcome:
    """The fate of one message."""

    registration_id: UUID
    workshop_id: UUID
    purpose: str
    occurrence: str
    state: str
    language: str | None
    due_at: datetime
    sent_at: datetime | None = None
    reason: str | None = None
    superseded_by: UUID | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateOutcome:
    """The state of one edition of a certificate."""

    registration_id: UUID
    workshop_id: UUID
    edition: int
    serial: str
    state: str
    verification_token: str | None = None
    issued_at: datetime | None = None
    superseded_by: str | None = None
    revoked_at: datetime | None = None
    reason: str | None = None


def read_mail(event: notification_events.NotificationEvent) -> MailOutcome:
    """What the event says about its message."""
    state = type(event).type.split(".")[1]
    return MailOutcome(
        registration_id=event.registration_id,
        workshop_id=event.workshop_id,
        purpose=event.purpose,
        occurrence=event.occurrence,
        state=state,
        language=event.language,
        due_at=event.due_at,
        sent_at=getattr(event, "sent_at", None),
        reason=getattr(event, "reason", None),
        superseded_by=getattr(event, "superseded_by", None),
        message_id=getattr(event, "message_id", None),
    )


def read_certificate(event: certificate_events.CertificateEvent) -> CertificateOutcome:
    """What the event says about its edition."""
    state = type(event).type.split(".")[1]
    return CertificateOutcome(
        registration_id=event.registration_id,
        workshop_id=event.workshop_id,
        edition=event.edition,
        serial=event.serial,
        state=state,
        verification_token=getattr(event, "verification_token", None),
        issued_at=getattr(event, "issued_at", None),
        superseded_by=getattr(event, "superseded_by", None),
        revoked_at=getattr(event, "revoked_at", None),
        reason=getattr(event, "reason", None),
    )
