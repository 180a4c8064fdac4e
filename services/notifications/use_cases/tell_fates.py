"""Tell the other services what has become of messages."""

from collections.abc import Sequence
from datetime import datetime

from services.notifications.domain.message import State
from services.notifications.domain.message_id import message_id_header
from services.notifications.storage.fates import Fate
from shared.contracts.notifications import (
    NotificationEvent,
    NotificationFailed,
    NotificationSent,
    NotificationSkipped,
    NotificationUncertain,
)
from shared.runtime.database import Connection
from shared.runtime.outbox import publish

SOURCE = "notifications"


async def tell_fates(connection: Connection, fates: Sequence[Fate], *, mail_domain: str, now: datetime) -> None:
    """Publish one fact for each message that has come to an end, in the transaction that ended it; others are passed over."""
    await publish(connection, [event for fate in fates if (event := _event(fate, mail_domain, now))], source=SOURCE, now=now)


def _event(fate: Fate, mail_domain: str, now: datetime) -> NotificationEvent | None:
    about = {
        "registration_id": fate.registration_id,
        "workshop_id": fate.workshop_id,
        "purpose": fate.purpose,
        "occurrence": fate.occurrence,
        "language": fate.language,
        "due_at": fate.due_at,
    }
    message_id = message_id_header(fate.message_id, mail_domain)
    match State(fate.state):
        case State.SENT:
            return NotificationSent(**about, message_id=message_id, sent_at=now)
        case State.SKIPPED:
            return NotificationSkipped(**about, reason=fate.skip_reason or "", superseded_by=fate.superseded_by)
        case State.UNCERTAIN:
            return NotificationUncertain(**about, message_id=message_id)
        case State.FAILED:
            return NotificationFailed(**about, reason=fate.failure or "")
        case _:
            return None
