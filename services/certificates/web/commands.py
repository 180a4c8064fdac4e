"""What organisers may have done to one certificate. What changes one that is valid has a page of its own that says what will happen."""

from contextlib import suppress
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Response
from fastapi.responses import RedirectResponse

from services.certificates.domain.refusals import RefusedError
from services.certificates.domain.serial import MalformedSerialError, read_serial
from services.certificates.storage import console_lists
from services.certificates.use_cases.issue_again import issue_again
from services.certificates.use_cases.revoke_by_hand import MOST_LETTERS, revoke_by_hand
from services.certificates.use_cases.try_again import try_again
from services.certificates.web.office import At, Office, require_workshop

router = APIRouter(prefix="/certificates/workshops/{workshop_id}/{serial}", include_in_schema=False)

Command = Literal["revoke", "issue-again"]
_NOT_FOUND, _REFUSED, _WRONG = 404, 409, 422
_OF_THE_FORM = {"reason_missing", "reason_too_long"}


@router.get("/{command}")
async def ask(at: At, workshop_id: UUID, serial: str, command: Command) -> Response:
    """What it would do, and the form."""
    return await _page(at, workshop_id, serial, command)


@router.post("/revoke")
async def revoke(
    at: At, workshop_id: UUID, serial: str, note: Annotated[str, Form()] = "", public: Annotated[str, Form()] = ""
) -> Response:
    """Take it back."""
    try:
        async with at.pool.acquire() as connection, connection.transaction():
            await revoke_by_hand(connection, workshop_id, _read(serial), note=note, is_public=public == "yes", by=at.organiser, now=at.now)
    except RefusedError as error:
        return await _page(at, workshop_id, serial, "revoke", error=error.code, note=note, public=public == "yes")
    return _back(workshop_id, serial)


@router.post("/issue-again")
async def again(at: At, workshop_id: UUID, serial: str) -> Response:
    """Have the next edition made."""
    try:
        async with at.pool.acquire() as connection, connection.transaction():
            successor = await issue_again(connection, workshop_id, _read(serial), by=at.organiser, now=at.now)
    except RefusedError as error:
        return await _page(at, workshop_id, serial, "issue-again", error=error.code)
    return _back(workshop_id, successor)


@router.post("/try-again")
async def try_now(at: At, workshop_id: UUID, serial: str) -> Response:
    """Have one that could not be set tried at once. It changes nothing that was issued, so there is no page that asks."""
    read = _read(serial)
    # Where it was issued meanwhile, the list says so
    with suppress(RefusedError):
        async with at.pool.acquire() as connection, connection.transaction():
            await require_workshop(connection, workshop_id)
            await try_again(connection, workshop_id, read, by=at.organiser, now=at.now)
    return _back(workshop_id, read)


async def _page(
    at: Office, workshop_id: UUID, serial: str, command: Command, *, error: str = "", note: str = "", public: bool = False
) -> Response:
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
        found = await console_lists.list_certificates(connection, workshop_id, serial=_read(serial), limit=1)
    if not found:
        raise HTTPException(_NOT_FOUND)
    status = 200 if not error else _WRONG if error in _OF_THE_FORM else _REFUSED
    return at.page(
        "certificate_command.html",
        status,
        workshop=workshop,
        line=found[0],
        command=command,
        error=error,
        note=note,
        public=public,
        most_letters=MOST_LETTERS,
        back=f"/certificates/workshops/{workshop_id}",
    )


def _read(serial: str) -> str:
    try:
        return read_serial(serial)
    except MalformedSerialError:
        raise HTTPException(_NOT_FOUND) from None


def _back(workshop_id: UUID, serial: str) -> Response:
    return RedirectResponse(f"/certificates/workshops/{workshop_id}?serial={serial}", 303)
