"""Check-in at the door: made for a phone in one hand. Find the name, press the button, next."""

import unicodedata
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import HTTPException, Query, Response
from starlette.responses import RedirectResponse

from services.registration.domain.refusals import NotFoundError
from services.registration.storage import console_lists
from services.registration.storage.console_lists import CheckInRow
from services.registration.use_cases.record_attendance import record_attendance
from services.registration.web.console_office import At, create_router, find_workshop, workshop_context
from shared.web.forms import read_fields

router = create_router("/console/workshops/{workshop_id}/check-in/{session_code}")


@router.get("")
async def show(workshop_id: UUID, session_code: str, at: At, q: Annotated[str, Query(max_length=200)] = "", done: str = "") -> Response:
    """Everybody who is confirmed, or those whose name has `q` in it, however its accents are typed. `done` was just recorded."""
    async with at.visit.pool.acquire() as connection:
        workshop = await find_workshop(connection, workshop_id)
        session = next((one for one in workshop.definition.sessions if one.code == session_code), None)
        if session is None:
            raise HTTPException(404)
        everybody = await console_lists.list_for_check_in(connection, workshop_id, session.code)
    wanted = _plain(q).split()
    return at.page(
        "console_check_in.html",
        **workshop_context(at, workshop),
        session=session,
        people=[row for row in everybody if _matches(row, wanted)],
        present=sum(row.present is True for row in everybody),
        expected=len(everybody),
        just_done=next((row for row in everybody if str(row.id) == done), None),
        q=q,
    )


@router.post("")
async def record(workshop_id: UUID, session_code: str, at: At) -> Response:
    """Record one person's presence, or take it back."""
    fields = await read_fields(at.visit.request)
    try:
        registration_id = UUID(fields.get("registration_id", ""))
    except ValueError:
        raise NotFoundError("There is no such registration.") from None
    present = fields.get("present") == "yes"
    async with at.visit.pool.acquire() as connection, connection.transaction():
        await record_attendance(connection, registration_id, session_code, present=present, actor=at.actor, now=at.visit.now)
    if fields.get("back") == "registration":
        return RedirectResponse(f"/console/registrations/{registration_id}#attendance", 303)
    return RedirectResponse(f"/console/workshops/{workshop_id}/check-in/{session_code}?{urlencode({'done': registration_id})}", 303)


def _matches(row: CheckInRow, wanted: list[str]) -> bool:
    name = _plain(f"{row.given_name} {row.family_name}")
    return all(part in name for part in wanted)


def _plain(text: str) -> str:
    """Without case and accents: who types zivkovic finds Živković."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d").replace("ł", "l").replace("ə", "e"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
