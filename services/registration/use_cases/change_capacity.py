"""Change the number of places."""

from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import InvalidFieldError
from services.registration.domain.workshop import MAXIMUM_CAPACITY, Workshop
from services.registration.use_cases.edit_workshop import edit_workshop
from services.registration.use_cases.workshop_changes import lock_workshop
from shared.runtime.database import Connection


async def change_capacity(connection: Connection, workshop_id: UUID, capacity: int, *, actor: Actor, now: datetime) -> Workshop:
    """Set the number of places, never below those who are confirmed; new places go to those who wait, at once.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is cancelled or completed.
        InvalidFieldError: below what is confirmed, or out of range.
    """
    if not 0 <= capacity <= MAXIMUM_CAPACITY:
        raise InvalidFieldError("capacity", f"is not between 0 and {MAXIMUM_CAPACITY}")
    workshop = await lock_workshop(connection, workshop_id)
    return await edit_workshop(connection, workshop_id, workshop.definition.model_copy(update={"capacity": capacity}), actor=actor, now=now)
