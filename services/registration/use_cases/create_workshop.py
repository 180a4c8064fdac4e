"""Create a workshop: a draft that nobody but organisers sees."""

from datetime import datetime
from uuid import uuid4

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import InvalidFieldError
from services.registration.domain.workshop import Workshop, WorkshopDefinition, record
from services.registration.storage import audit_log, workshops
from services.registration.storage.audit_log import Change
from services.registration.use_cases.workshop_changes import publish
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection


async def create_workshop(connection: Connection, definition: WorkshopDefinition, *, actor: Actor, now: datetime) -> Workshop:
    """Store and publish a new draft. The definition must have passed `check_consistency`.

    Raises:
        InvalidFieldError: the slug belongs to another workshop, or the texts are too long altogether.
    """
    workshop = Workshop(
        id=uuid4(),
        state=WorkshopState.DRAFT,
        version=1,
        definition=definition,
        confirmed=0,
        waiting=0,
        last_number=0,
        starts_at=definition.starts_at,
        ends_at=definition.ends_at,
        created_at=now,
        updated_at=now,
    )
    if not await workshops.insert(connection, workshop):
        raise InvalidFieldError("slug", "belongs to another workshop", reason="taken")
    await publish(connection, [record(workshop)], now=now)
    await audit_log.append(connection, actor, [Change("workshop.create", workshop.id)], now=now)
    return workshop
