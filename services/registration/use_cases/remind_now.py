"""Remind all confirmed participants now."""

from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import ConflictError
from services.registration.domain.workshop import Workshop
from services.registration.use_cases.workshop_changes import lock_workshop, record_request, require_state
from shared.contracts.workshop_events import ReminderRequested
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection


async def remind_now(connection: Connection, workshop_id: UUID, *, actor: Actor, now: datetime, request_key: str | None = None) -> Workshop:
    """Ask for a reminder, once per request; a repeated `request_key` asks for nothing more.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is not open, or over.
    """
    workshop = await lock_workshop(connection, workshop_id)
    require_state(workshop, WorkshopState.OPEN)
    if workshop.ends_at <= now:
        raise ConflictError("workshop_is_over", "The workshop's last session has ended.")
    fact = ReminderRequested(workshop_id=workshop_id, version=workshop.version)
    await record_request(connection, workshop, "workshop.remind", fact, actor=actor, now=now, request_key=request_key)
    return workshop
