"""What organisers see of certificates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from services.certificates.domain.serial import MalformedSerialError, read_serial
from services.certificates.storage import console_lists
from services.certificates.storage.workshops import read_workshops
from shared.runtime.database import Pool
from shared.web.pages import Pages
from shared.web.sessions import OrganiserSession, require_organiser

router = APIRouter(prefix="/certificates", include_in_schema=False)
Organiser = Annotated[OrganiserSession, Depends(require_organiser)]

_WORKSHOPS = 200
_PAGE = 100
_NOT_FOUND = 404


@router.get("")
async def list_workshops(request: Request, organiser: Organiser, serial: str = "") -> Response:
    """Counts by workshop. `serial`, as typed from a certificate, leads to that certificate."""
    pool: Pool = request.app.state.pool
    pages: Pages = request.app.state.pages
    asked, problem = serial.strip()[:40], ""
    async with pool.acquire() as connection:
        if asked:
            try:
                read = read_serial(asked)
            except MalformedSerialError:
                problem = "malformed"
            else:
                workshop_id = await console_lists.find_workshop_of(connection, read)
                if workshop_id is not None:
                    return RedirectResponse(f"/certificates/workshops/{workshop_id}?serial={read}", 303)
                problem = "unknown"
        workshops = await console_lists.count_by_workshop(connection, limit=_WORKSHOPS)
    return pages.response(request, "certificates.html", organiser=organiser, workshops=workshops, asked=asked, problem=problem)


@router.get("/workshops/{workshop_id}")
async def show_workshop(request: Request, organiser: Organiser, workshop_id: UUID, after: str = "", serial: str = "") -> Response:
    """The certificates of one workshop, those that need somebody first."""
    pool: Pool = request.app.state.pool
    pages: Pages = request.app.state.pages
    async with pool.acquire() as connection:
        known = (await read_workshops(connection, {workshop_id})).get(workshop_id)
        if known is None or known.record is None:
            raise HTTPException(_NOT_FOUND)
        lines = await console_lists.list_certificates(
            connection, workshop_id, after=_plain(after), serial=_plain(serial) or None, limit=_PAGE + 1
        )
    shown = lines[:_PAGE]
    here = f"/certificates/workshops/{workshop_id}"
    return pages.response(
        request,
        "certificates_of_workshop.html",
        organiser=organiser,
        workshop=known.record,
        lines=shown,
        whole=here if serial else None,
        first=here if after else None,
        following=f"{here}?after={shown[-1].position.replace(' ', '+')}" if len(lines) > _PAGE else None,
    )


def _plain(value: str) -> str:
    return "".join(character for character in value if character.isascii() and character.isprintable())[:40]
