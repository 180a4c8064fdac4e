"""Complete a workshop: those who met its rule get a certificate."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import ConflictError
from services.registration.domain.workshop import Workshop
from services.registration.use_cases.workshop_changes import lock_workshop, record_change, require_state
from shared.contracts.workshop_events import WorkshopCompleted
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection


async def complete_workshop(connection: Connection, workshop_id: UUID, *, actor: Actor, now: datetime) -> Workshop:
    """Complete an open workshop whose last session has begun. One that is completed stays as it is.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is a draft or cancelled, or its last session has not begun.
    """
    workshop = await lock_workshop(connection, workshop_id)
    if workshop.state is WorkshopState.COMPLETED:
        return workshop
    require_state(workshop, WorkshopState.OPEN)
    begins = workshop.definition.last_session_begins_at
    if now < begins:
        # Whoever is present at the sessions to come would be left without a certificate
        zone, city = workshop.definition.time_zone, workshop.definition.venue.city
        message = f"It can be completed when its last session has begun: {workshop.local(begins):%Y-%m-%d %H:%M} ({zone})."
        raise ConflictError("last_session_not_begun", message, values={"begins": begins, "zone": zone, "city": city})
    return await record_change(
        connection,
        replace(workshop, state=WorkshopState.COMPLETED),
        "workshop.complete",
        actor=actor,
        now=now,
        fact=lambda version: WorkshopCompleted(workshop_id=workshop_id, version=version),
    )
