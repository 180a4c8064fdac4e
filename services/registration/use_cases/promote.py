"""Move up those who wait, after places became free."""

from datetime import datetime
from uuid import UUID

from services.registration.domain import places as decisions
from services.registration.domain.actor import Actor
from services.registration.domain.places import Places
from services.registration.storage import audit_log, registrations
from services.registration.storage.audit_log import Change
from services.registration.use_cases.workshop_changes import SOURCE
from shared.contracts.registrations import RegistrationPromoted
from shared.runtime import outbox
from shared.runtime.database import Connection


async def promote(connection: Connection, workshop_id: UUID, places: Places, *, actor: Actor, now: datetime) -> Places:
    """Confirm the first in line for every free place, publish it, and return the places that remain; the caller saves them.

    The caller holds the workshop's lock, and `actor` is who made the places free.
    """
    count = decisions.count_promotions(places, now)
    if count == 0:
        return places
    line = await registrations.promote_first(connection, workshop_id, count, now=now)
    events = [RegistrationPromoted(registration_id=registration_id, workshop_id=workshop_id) for registration_id in line]
    facts = await outbox.publish(connection, events, source=SOURCE, now=now)
    changes = [
        Change("registration.promote", workshop_id, registration_id, fact) for registration_id, fact in zip(line, facts, strict=True)
    ]
    await audit_log.append(connection, actor, changes, now=now)
    return decisions.promote(places, line)
