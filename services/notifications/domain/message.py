"""The words for messages: what they are for, what becomes of them, and in which order they leave."""

from enum import IntEnum, StrEnum


class Purpose(StrEnum):
    """What a message is for: the second part of its business key (registration, purpose, occurrence)."""

    CONFIRMATION = "confirmation"
    WAITING = "waiting"
    PROMOTION = "promotion"
    WITHDRAWAL = "withdrawal"
    LINK = "link"
    REMINDER = "reminder"
    REMINDER_NOW = "reminder_now"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    ANNOUNCEMENT = "announcement"
    CERTIFICATE = "certificate"
    CERTIFICATE_REVOKED = "certificate_revoked"


class State(StrEnum):
    """CLAIMED is a lease. SENDING is committed immediately before the text is handed over, and only it can become UNCERTAIN."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


class SkipReason(StrEnum):
    """Why a message was deliberately not sent."""

    PAST = "past"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NOT_ATTENDED = "not_attended"
    NOT_ANNOUNCED = "not_announced"
    ERASED = "erased"


class Rank(IntEnum):
    """Where a message stands among those of one registration.

    Messages that facts caused leave in the order of (time of the fact, rank, sequence), all of them before a reminder that is due.
    """

    REGISTRATION = 0
    WORKSHOP = 1
    CERTIFICATE = 2
    REMINDER = 3


class Standing(StrEnum):
    """Where a registration stands by the newest of its facts."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


class Audience(StrEnum):
    """Whom an item of the agenda is for. REGISTERED are the confirmed and the waiting; ATTENDED are confirmed and checked at sending."""

    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    REGISTERED = "registered"


def certificate_occurrence(serial: str, happened: str) -> str:
    """The occurrence of a certificate's mail: which certificate, and what happened to it (`issued` or `revoked`)."""
    return f"{serial}:{happened}"
