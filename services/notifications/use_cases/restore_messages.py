"""Bring every message back to the fate that this service told of it: the last step of a rebuild from the topics."""

from collections.abc import Sequence
from datetime import datetime

from services.notifications.storage import rebuilding
from services.notifications.storage.fates import Fate
from services.notifications.use_cases.compute_agenda import compute_agenda
from services.notifications.use_cases.plan_messages import plan_messages
from services.notifications.use_cases.tell_fates import SOURCE, tell_fates
from shared.runtime.database import Connection
from shared.runtime.rebuild_tables import publish_untold


async def restore_messages(
    connection: Connection, *, until: datetime | None, until_stated: bool, chunk: int, mail_domain: str, now: datetime
) -> Sequence[str]:
    """Restore, in the transaction that ends the rebuild. Nothing is sent.

    Plans are made before the fates are restored, so that a fate finds its place in the agenda, and followed after it, so that a message
    skipped for a date that was given up is planned again where the date is back.

    Args:
        connection: with an open transaction, all topics read.
        until: business time until when the worker that is gone is known to have been at work; None if it never worked.
        until_stated: an operator has said that it was lost then. Otherwise it may have gone on for a while without Kafka: facts did not
            reach it any more, but reminders fell due and left, and nothing was told of them.
        chunk: registrations that are planned for at once.
        mail_domain: domain of Message-IDs.
        now: business time.

    Returns:
        What an operator should know before the worker starts.
    """
    while await compute_agenda(connection):
        pass
    restored = await rebuilding.restore_fates(connection)
    await rebuilding.delete_unheard_of(connection)
    await rebuilding.restore_receipts(connection)
    await rebuilding.forget_told(connection)
    untold = await publish_untold(connection, source=SOURCE, now=now)
    while await plan_messages(connection, chunk=chunk, mail_domain=mail_domain, now=now):
        pass
    unknown: list[Fate] = []
    if until is not None:
        unknown = await rebuilding.settle_unknown(connection, until=until, reminders_until=until if until_stated else now, now=now)
    doubtful = sum(fate.due_at > until for fate in unknown) if until is not None else 0
    await tell_fates(connection, unknown, mail_domain=mail_domain, now=now)
    due, later = await rebuilding.count_waiting(connection, now=now)
    return [
        f"{restored} messages have the fate that was told of them.",
        f"{len(unknown)} were due and nothing was told of them: they are uncertain, and an organiser decides.",
        f"{doubtful} of these are reminders from after {until.isoformat() if until else 'then'}, when Kafka last heard of the worker.",
        *(["If it was lost before they fell due, begin again with an empty database and --lost-at."] if doubtful else []),
        f"{due} are due and leave when the worker starts; {later} are planned for later.",
        f"{untold} facts had never been told and are published when the worker starts.",
    ]
