"""Every message has one fate, told alike by notifications, by Kafka, by registration's console and by the mailbox."""

from collections import Counter
from collections.abc import Iterator, Mapping

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_notifications import MessageKey
from deploy.reconcile.world import World
from shared.contracts.notifications import (
    NotificationEvent,
    NotificationFailed,
    NotificationSent,
    NotificationSkipped,
    NotificationUncertain,
)

FATES: Mapping[type[NotificationEvent], str] = {
    NotificationSent: "sent",
    NotificationSkipped: "skipped",
    NotificationUncertain: "uncertain",
    NotificationFailed: "failed",
}


def messages_agree(world: World) -> Iterator[Disagreement]:
    """Settled messages in the database against their facts, and against what the console has been told.

    The console forgets the mails of erased people. A message that was skipped can be planned again, as when a workshop is moved back to a
    date that it was moved away from: that it was skipped stays the last that is told of it until it has another fate.
    """
    settled = {key: row.state for key, row in world.notifications.messages.items() if row.state in FATES.values()}
    again = world.notifications.messages.keys() - settled.keys()
    reported = {MessageKey(row.registration_id, row.purpose, row.occurrence): row.state for row in world.registration.mails}
    forgotten = {key for key in settled if key.registration_id in world.erased}
    places = (("Kafka", _fates_by_facts(world), set[MessageKey]()), ("registration's console", reported, forgotten))
    for place, fates, left_out in places:
        for key in sorted((settled.keys() | fates.keys()) - left_out):
            expected, found = settled.get(key), fates.get(key)
            if expected != found and not (key in again and found == "skipped"):
                yield Disagreement(
                    check="messages",
                    one_side=f"notifications has the message as {expected or 'not settled'}",
                    other_side=f"{place} has it as {found or 'unknown'}",
                    ids=(str(key),),
                )


def mails_agree(world: World) -> Iterator[Disagreement]:
    """Every message that was sent lies in the mailbox exactly once, and nothing else does. Without a mailbox, nothing to say.

    A message of unknown fate may lie there once or not at all.
    """
    if world.mails is None:
        return
    arrived = Counter(mail.key for mail in world.mails)
    for key in sorted(world.notifications.messages.keys() | arrived.keys(), key=str):
        message = world.notifications.messages.get(key) if key else None
        state, count = message.state if message else "unknown", arrived[key]
        allowed = {"sent": (1,), "uncertain": (0, 1), "sending": (0, 1)}.get(state, (0,))
        if count not in allowed:
            yield Disagreement(
                check="mails",
                one_side=f"notifications has the message as {state}",
                other_side=f"the mailbox holds it {count} times",
                ids=(str(key) if key else "a mail without a business key",),
            )


def _fates_by_facts(world: World) -> dict[MessageKey, str]:
    latest: dict[MessageKey, tuple[int, str]] = {}
    for event_type, fate in FATES.items():
        for envelope, event in world.log.events(event_type):
            key, known = MessageKey(event.registration_id, event.purpose, event.occurrence), (envelope.sequence or 0, fate)
            latest[key] = max(known, latest.get(key, known))
    return {key: fate for key, (_, fate) in latest.items()}
