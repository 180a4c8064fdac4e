"""Check-in at the door: made for a phone in one hand. Find the name, press the button, next."""

import unicodedata
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import HTTPException, Query, Response
from starlette.responses import RedirectResponse

from services.registration.domain.refusals import NotFoundError
from services.registration.storage import console_lists
from services.registration.use_cases.record_attendance import record_attendance
from services.registration.web.console_office import At, create_router, find_workshop, workshop_context
from shared.web.forms import read_fields

router = create_router("/console/workshops/{workshop_id}/check-in/{session_code}")

_AT_ONCE = 500
"""People on one page. Who is not among them is found by name."""


@router.get("")
async def show(workshop_id: UUID, session_code: str, at: At, q: Annotated[str, Query(max_length=200)] = "", done: str = "") -> Response:
    """Those who are confirmed, or of them those whose name has `q` in it, however its accents are typed. `done` was just recorded."""
    q = q.replace("\x00", "")  # no name has it, and the database takes no text with it
    recorded = _read_id(done)
    async with at.visit.pool.acquire() as connection:
        workshop = await find_workshop(connection, workshop_id)
        session = next((one for one in workshop.definition.sessions if one.code == session_code), None)
        if session is None:
            raise HTTPException(404)
        people = await console_lists.list_for_check_in(connection, workshop_id, session.code, parts=_plain(q).split(), limit=_AT_ONCE + 1)
        present = await console_lists.count_present(connection, workshop_id)
        just_done = await console_lists.find_for_check_in(connection, workshop_id, session.code, recorded) if recorded else None
    return at.page(
        "console_check_in.html",
        **workshop_context(at, workshop),
        session=session,
        people=people[:_AT_ONCE],
        there_are_more=len(people) > _AT_ONCE,
        present=present.get(session.code, 0),
        expected=workshop.confirmed,
        just_done=just_done,
        q=q,
    )


@router.post("")
async def record(workshop_id: UUID, session_code: str, at: At) -> Response:
    """Record one person's presence, or take it back."""
    fields = await read_fields(at.visit.request)
    registration_id = _read_id(fields.get("registration_id", ""))
    if registration_id is None:
        raise NotFoundError("There is no such registration.")
    present = fields.get("present") == "yes"
    async with at.visit.pool.acquire() as connection, connection.transaction():
        await record_attendance(connection, registration_id, session_code, present=present, actor=at.actor, now=at.visit.now)
    if fields.get("back") == "registration":
        return RedirectResponse(f"/console/registrations/{registration_id}#attendance", 303)
    return RedirectResponse(f"/console/workshops/{workshop_id}/check-in/{session_code}?{urlencode({'done': registration_id})}", 303)


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Without case and accents: who types zivkovic finds Živković. The list does the same with each name."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d").replace("ł", "l").replace("ə", "e"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
