"""Open a workshop: from now on its form takes registrations."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import ConflictError
from services.registration.domain.workshop import Workshop
from services.registration.use_cases.workshop_changes import lock_workshop, record_change, require_state
from shared.contracts.workshop_events import WorkshopOpened
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection


async def open_workshop(connection: Connection, workshop_id: UUID, *, actor: Actor, now: datetime) -> Workshop:
    """Open a draft. One that is open stays as it is.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is cancelled or completed, or over already.
    """
    workshop = await lock_workshop(connection, workshop_id)
    if workshop.state is WorkshopState.OPEN:
        return workshop
    require_state(workshop, WorkshopState.DRAFT)
    if workshop.ends_at <= now:
        raise ConflictError("workshop_is_over", "The workshop's last session has ended.")
    return await record_change(
        connection,
        replace(workshop, state=WorkshopState.OPEN),
        "workshop.open",
        actor=actor,
        now=now,
        fact=lambda version: WorkshopOpened(workshop_id=workshop_id, version=version),
    )
