"""Reschedule an open workshop: the same sessions at other times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import InvalidFieldError
from services.registration.domain.workshop import Workshop, WorkshopDefinition
from services.registration.domain.workshop_consistency import InvalidWorkshopError, check_timetable
from services.registration.storage import workshops
from services.registration.use_cases.promote import promote
from services.registration.use_cases.workshop_changes import lock_workshop, record_change, require_state
from shared.contracts.workshop_events import SessionTimes, WorkshopRescheduled
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class NewTimes:
    """New wall-clock times of one session, in the workshop's (new) zone, without offset."""

    code: str
    starts: datetime
    ends: datetime


async def reschedule_workshop(
    connection: Connection,
    workshop_id: UUID,
    times: Sequence[NewTimes],
    *,
    actor: Actor,
    now: datetime,
    time_zone: str | None = None,
) -> Workshop:
    """Move every session; `time_zone` stays where it is not given. The times it has already change nothing.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is not open.
        InvalidFieldError: not exactly one entry per session, or all of them would be over.
        InvalidWorkshopError: the times contradict each other or the zone's clocks.
    """
    workshop = await lock_workshop(connection, workshop_id)
    require_state(workshop, WorkshopState.OPEN)
    definition = _move(workshop.definition, times, time_zone or workshop.definition.time_zone)
    if definition == workshop.definition:
        return workshop
    if definition.ends_at <= now:
        last = max(range(len(definition.sessions)), key=lambda index: definition.sessions[index].ends)
        message = "has passed already: the last session must end in the future"
        raise InvalidFieldError(f"sessions.{last}.ends", message, reason="already_over")
    changed = await record_change(
        connection,
        replace(workshop, definition=definition),
        "workshop.reschedule",
        actor=actor,
        now=now,
        fact=lambda version: WorkshopRescheduled(
            workshop_id=workshop_id,
            version=version,
            time_zone=definition.time_zone,
            previous=_timetable(workshop.definition),
            current=_timetable(definition),
        ),
    )
    # A workshop that was over may lie ahead again, with places that fell free meanwhile.
    places = await promote(connection, workshop_id, changed.places, actor=actor, now=now)
    await workshops.save_places(connection, workshop_id, places)
    return replace(changed, confirmed=places.confirmed, waiting=places.waiting)


def _move(definition: WorkshopDefinition, times: Sequence[NewTimes], time_zone: str) -> WorkshopDefinition:
    by_code = {entry.code: entry for entry in times}
    if len(by_code) != len(times) or set(by_code) != set(definition.session_codes):
        raise InvalidFieldError("sessions", f"must name each of {', '.join(definition.session_codes)} once")
    sessions = tuple(
        session.model_copy(update={"starts": by_code[session.code].starts, "ends": by_code[session.code].ends})
        for session in definition.sessions
    )
    errors = tuple(check_timetable(sessions, time_zone))
    if errors:
        raise InvalidWorkshopError(errors)
    return definition.rescheduled(sessions, time_zone)


def _timetable(definition: WorkshopDefinition) -> tuple[SessionTimes, ...]:
    return tuple(SessionTimes(code=session.code, starts=session.starts, ends=session.ends) for session in definition.sessions)
