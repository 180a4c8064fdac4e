"""Derive the messages of some registrations from their workshop's agenda."""

from datetime import datetime

from services.notifications.storage import planning, wake, workshops
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


async def plan_messages(connection: Connection, *, chunk: int, mail_domain: str, now: datetime) -> bool:
    """Plan for at most `chunk` registrations of one workshop. False if there is nothing to plan."""
    workshop_id = await workshops.lock_spreading_workshop(connection)
    if workshop_id is None:
        return False
    registration_ids = await planning.lock_unplanned_registrations(connection, workshop_id, limit=chunk)
    if registration_ids:
        skipped = await planning.derive_messages(connection, workshop_id, registration_ids, now=now)
        await tell_fates(connection, skipped, mail_domain=mail_domain, now=now)
        await wake.wake(connection, wake.MESSAGES)
    if len(registration_ids) < chunk:
        await workshops.finish_spreading(connection, workshop_id)
    return True
