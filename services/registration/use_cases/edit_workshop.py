"""Edit a workshop: a draft freely, an open one where nobody was promised otherwise."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import ConflictError, InvalidFieldError
from services.registration.domain.workshop import Workshop, WorkshopDefinition
from services.registration.storage import workshops
from services.registration.use_cases.promote import promote
from services.registration.use_cases.workshop_changes import lock_workshop, record_change, require_state
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection


async def edit_workshop(
    connection: Connection,
    workshop_id: UUID,
    definition: WorkshopDefinition,
    *,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Workshop:
    """Replace the definition, which must have passed `check_consistency`. More places go to those who wait, at once.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is cancelled or completed, or not at `expected_version` (code `version_differs`).
        InvalidFieldError: the slug is taken, the capacity is below what is confirmed, or an open workshop's field may not change so.
    """
    workshop = await lock_workshop(connection, workshop_id)
    if expected_version is not None and workshop.version != expected_version:
        raise ConflictError("version_differs", f"The workshop is at version {workshop.version}.")
    if definition == workshop.definition:
        return workshop
    require_state(workshop, WorkshopState.DRAFT, WorkshopState.OPEN)
    _refuse_broken_promises(workshop, definition)
    if await workshops.slug_is_taken(connection, definition.slug, by_other_than=workshop_id):
        raise InvalidFieldError("slug", "belongs to another workshop", reason="taken")
    details = {"fields": sorted(name for name in WorkshopDefinition.model_fields if _differs(workshop, definition, name))}
    changed = await record_change(
        connection, replace(workshop, definition=definition), "workshop.edit", actor=actor, now=now, details=details
    )
    places = await promote(connection, workshop_id, changed.places, actor=actor, now=now)
    await workshops.save_places(connection, workshop_id, places)
    return replace(changed, confirmed=places.confirmed, waiting=places.waiting)


def _differs(workshop: Workshop, definition: WorkshopDefinition, name: str) -> bool:
    return bool(getattr(workshop.definition, name) != getattr(definition, name))


def _refuse_broken_promises(workshop: Workshop, definition: WorkshopDefinition) -> None:
    if definition.capacity < workshop.confirmed:
        message = f"is below the {workshop.confirmed} who are confirmed"
        raise InvalidFieldError("capacity", message, reason="below_confirmed", limit=workshop.confirmed)
    if workshop.state is WorkshopState.DRAFT:
        return
    if _differs(workshop, definition, "slug"):
        raise InvalidFieldError("slug", "stays as it is once the workshop is open: people hold links with it")
    if _differs(workshop, definition, "time_zone"):
        raise InvalidFieldError("time_zone", "of an open workshop is changed by rescheduling")
    before = [(session.code, session.starts, session.ends) for session in workshop.definition.sessions]
    if before != [(session.code, session.starts, session.ends) for session in definition.sessions]:
        raise InvalidFieldError("sessions", "of an open workshop are changed by rescheduling")
    missing = set(workshop.definition.languages) - set(definition.languages)
    if missing:
        raise InvalidFieldError("languages", f"must keep {', '.join(sorted(missing))}: people chose it")
