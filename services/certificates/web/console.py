"""What organisers see of certificates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from services.certificates.domain.serial import MalformedSerialError, read_serial
from services.certificates.storage import audit_log, console_lists, issuing_again
from services.certificates.web.office import At, require_workshop

router = APIRouter(prefix="/certificates", include_in_schema=False)

_WORKSHOPS = 200
_PAGE = 100
_ENTRIES = 30


@router.get("")
async def list_workshops(at: At, serial: str = "") -> Response:
    """Counts by workshop. `serial`, as typed from a certificate, leads to that certificate."""
    asked, problem = serial.strip()[:40], ""
    async with at.pool.acquire() as connection:
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
    return at.page("certificates.html", workshops=workshops, asked=asked, problem=problem)


@router.get("/workshops/{workshop_id}")
async def show_workshop(
    at: At, workshop_id: UUID, after: str = "", serial: str = "", before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """The certificates of one workshop, those that need somebody first; and what was done to them, before the entry with this number."""
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
        lines = await console_lists.list_certificates(
            connection, workshop_id, after=_plain(after), serial=_plain(serial) or None, limit=_PAGE + 1
        )
        counts = await console_lists.count_of_workshop(connection, workshop_id)
        again = await issuing_again.is_asked(connection, workshop_id)
        entries = await audit_log.read_of_workshop(connection, workshop_id, before=before, limit=_ENTRIES + 1)
    shown = lines[:_PAGE]
    here = f"/certificates/workshops/{workshop_id}"
    return at.page(
        "certificates_of_workshop.html",
        workshop=workshop,
        lines=shown,
        entries=entries[:_ENTRIES],
        latest=f"{here}#done" if before else None,
        earlier=f"{here}?before={entries[_ENTRIES - 1].number}#done" if len(entries) > _ENTRIES else None,
        counts=counts,
        again=again,
        here=here,
        whole=here if serial else None,
        first=here if after else None,
        following=f"{here}?after={shown[-1].position.replace(' ', '+')}" if len(lines) > _PAGE else None,
    )


def _plain(value: str) -> str:
    return "".join(character for character in value if character.isascii() and character.isprintable())[:40]
