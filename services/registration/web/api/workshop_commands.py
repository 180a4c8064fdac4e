"""Commands for a whole workshop. Repeating one that is done answers with the current state."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.registration.domain.workshop_parts import Code, Label, Text, TimeZoneName, WallClock
from services.registration.use_cases.announce import announce
from services.registration.use_cases.cancel_workshop import cancel_workshop
from services.registration.use_cases.complete_workshop import complete_workshop
from services.registration.use_cases.open_workshop import open_workshop
from services.registration.use_cases.remind_now import remind_now
from services.registration.use_cases.reschedule_workshop import NewTimes, reschedule_workshop
from services.registration.web.api.dependencies import Acting, Now, RequestKey, Transaction
from services.registration.web.api.views import WorkshopView

router = APIRouter(prefix="/workshops/{workshop_id}", tags=["workshop commands"])


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MovedSession(_Command):
    """New local times of one session, in the workshop's (new) zone, without offset."""

    code: Code
    starts: WallClock = Field(description="Local time without offset, such as 2023-10-24T09:30")
    ends: WallClock = Field(description="Local time without offset, after the start")


class Reschedule(_Command):
    """The new times of every session."""

    sessions: tuple[MovedSession, ...] = Field(min_length=1, max_length=200)
    time_zone: TimeZoneName | None = Field(default=None, description="Only where it changes")


class Cancel(_Command):
    """Why, in the organiser's words to the participants, by language."""

    reason: Text | None = None


class Announcement(_Command):
    """The organiser's words to all confirmed participants, in each of the workshop's languages."""

    subject: Label
    body: Text


@router.post("/open")
async def open_(workshop_id: UUID, connection: Transaction, actor: Acting, now: Now) -> WorkshopView:
    """Open a draft: its form takes registrations."""
    return WorkshopView.of(await open_workshop(connection, workshop_id, actor=actor, now=now))


@router.post("/reschedule")
async def reschedule(workshop_id: UUID, body: Reschedule, connection: Transaction, actor: Acting, now: Now) -> WorkshopView:
    """Move an open workshop; reminders are planned anew and participants told."""
    times = [NewTimes(session.code, session.starts, session.ends) for session in body.sessions]
    workshop = await reschedule_workshop(connection, workshop_id, times, actor=actor, now=now, time_zone=body.time_zone)
    return WorkshopView.of(workshop)


@router.post("/cancel")
async def cancel(workshop_id: UUID, connection: Transaction, actor: Acting, now: Now, body: Cancel | None = None) -> WorkshopView:
    """Cancel a draft or an open workshop and tell its participants."""
    reason = dict(body.reason) if body and body.reason else {}
    return WorkshopView.of(await cancel_workshop(connection, workshop_id, reason, actor=actor, now=now))


@router.post("/complete")
async def complete(workshop_id: UUID, connection: Transaction, actor: Acting, now: Now) -> WorkshopView:
    """Complete an open workshop: those who met its rule get a certificate."""
    return WorkshopView.of(await complete_workshop(connection, workshop_id, actor=actor, now=now))


@router.post("/remind")
async def remind(workshop_id: UUID, connection: Transaction, actor: Acting, now: Now, request_key: RequestKey = None) -> WorkshopView:
    """Remind all confirmed participants now, once per request."""
    return WorkshopView.of(await remind_now(connection, workshop_id, actor=actor, now=now, request_key=request_key))


@router.post("/announce")
async def announce_(
    workshop_id: UUID, body: Announcement, connection: Transaction, actor: Acting, now: Now, request_key: RequestKey = None
) -> WorkshopView:
    """Send the organiser's words to all confirmed participants, once per request."""
    workshop = await announce(connection, workshop_id, dict(body.subject), dict(body.body), actor=actor, now=now, request_key=request_key)
    return WorkshopView.of(workshop)
