"""Cancel a workshop and tell its participants why."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.organiser_words import read_text
from services.registration.domain.workshop import Workshop
from services.registration.use_cases.workshop_changes import lock_workshop, record_change, require_state
from shared.contracts.workshop_events import WorkshopCancelled
from shared.contracts.workshops import LocalizedText, WorkshopState
from shared.runtime.database import Connection


async def cancel_workshop(connection: Connection, workshop_id: UUID, reason: LocalizedText, *, actor: Actor, now: datetime) -> Workshop:
    """Cancel a draft or an open workshop; `reason` may be empty. One that is cancelled stays as it is.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is completed.
        InvalidFieldError: the reason cannot be used.
    """
    workshop = await lock_workshop(connection, workshop_id)
    if workshop.state is WorkshopState.CANCELLED:
        return workshop
    require_state(workshop, WorkshopState.DRAFT, WorkshopState.OPEN)
    words = read_text("reason", reason) if reason else {}
    return await record_change(
        connection,
        replace(workshop, state=WorkshopState.CANCELLED),
        "workshop.cancel",
        actor=actor,
        now=now,
        fact=lambda version: WorkshopCancelled(workshop_id=workshop_id, version=version, reason=words),
    )
