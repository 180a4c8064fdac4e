"""Compute the agenda of one workshop again."""

from services.notifications.domain.agenda import build_agenda
from services.notifications.storage import wake, workshop_facts, workshops
from shared.runtime.database import Connection


async def compute_agenda(connection: Connection) -> bool:
    """Take one workshop whose record or facts have changed. False if there is none.

    While a fact is here that is newer than the record, nothing is computed: the messages of the agenda wait for that record.
    """
    record = await workshops.lock_workshop_with_stale_agenda(connection)
    if record is None:
        return False
    facts = await workshop_facts.include_facts(connection, record.workshop_id)
    await workshops.replace_agenda(connection, record.workshop_id, build_agenda(record, facts))
    await wake.wake(connection, wake.MESSAGES)
    return True
