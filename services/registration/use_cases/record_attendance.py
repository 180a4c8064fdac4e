"""Record who came to a session, and correct it."""

from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import ConflictError, NotFoundError
from services.registration.domain.registration import RegistrationState
from services.registration.storage import attendance, audit_log, registrations, workshops
from services.registration.storage.audit_log import Change
from services.registration.use_cases.workshop_changes import SOURCE, require_state
from shared.contracts.registrations import AttendanceRecorded
from shared.contracts.workshops import WorkshopState
from shared.runtime import outbox
from shared.runtime.database import Connection


async def record_attendance(
    connection: Connection, registration_id: UUID, session_code: str, *, present: bool, actor: Actor, now: datetime
) -> bool:
    """Record presence or absence; what is recorded so already changes nothing. Corrections are possible after completion.

    Returns:
        Whether anything changed.

    Raises:
        NotFoundError: there is no such registration or session.
        ConflictError: the person is not confirmed, or the workshop is a draft or cancelled.
    """
    workshop_id = await registrations.find_workshop_id(connection, registration_id)
    workshop = await workshops.share(connection, workshop_id) if workshop_id else None
    registration = await registrations.lock(connection, registration_id)
    if workshop is None or registration is None:
        raise NotFoundError("There is no such registration.")
    if session_code not in workshop.definition.session_codes:
        raise NotFoundError("There is no such session.")
    require_state(workshop, WorkshopState.OPEN, WorkshopState.COMPLETED)
    if registration.state is not RegistrationState.CONFIRMED:
        raise ConflictError(f"registration_is_{registration.state.value}", "Only confirmed people are checked in.")
    if not await attendance.record(
        connection, registration_id, workshop.id, session_code, present=present, recorded_by=actor.organiser_id, now=now
    ):
        return False
    fact = AttendanceRecorded(registration_id=registration_id, workshop_id=workshop.id, session_code=session_code, present=present)
    [fact_id] = await outbox.publish(connection, [fact], source=SOURCE, now=now)
    details = {"session": session_code, "present": present}
    change = Change("registration.attendance", workshop.id, registration_id, fact_id, details)
    await audit_log.append(connection, actor, [change], now=now)
    return True
