"""Tell the other services what has become of messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

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
from shared.runtime.tracing import Cause, current_cause

SOURCE = "notifications"


async def tell_fates(
    connection: Connection, fates: Sequence[Fate], *, mail_domain: str, now: datetime, causes: Mapping[UUID, Cause] | None = None
) -> None:
    """Publish one fact for each message that has come to an end, in the transaction that ended it; others are passed over.

    `causes` says, by message, what each fact continues; else all continue what the caller does.
    """
    told = [(event, fate.message_id) for fate in fates if (event := _event(fate, mail_domain))]
    here = current_cause()
    of_each = [(causes or {}).get(message_id, here) for _, message_id in told]
    await publish(
        connection,
        [event for event, _ in told],
        source=SOURCE,
        now=now,
        correlation_ids=[cause.correlation_id for cause in of_each],
        traceparents=[cause.traceparent for cause in of_each],
    )


def _event(fate: Fate, mail_domain: str) -> NotificationEvent | None:
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
            return NotificationSent(**about, message_id=message_id, sent_at=fate.settled_at)
        case State.SKIPPED:
            return NotificationSkipped(**about, reason=fate.skip_reason or "", superseded_by=fate.superseded_by)
        case State.UNCERTAIN:
            return NotificationUncertain(**about, message_id=message_id)
        case State.FAILED:
            return NotificationFailed(**about, reason=fate.failure or "")
        case _:
            return None
