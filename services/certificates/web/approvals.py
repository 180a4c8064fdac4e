"""Where organisers approve certificates."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse

from services.certificates.storage.approvals import list_waiting
from services.certificates.use_cases.approve_certificates import approve_certificates
from services.certificates.use_cases.approve_next_portion import approve_next_portion
from services.certificates.web.office import At, Office, require_workshop
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection

router = APIRouter(prefix="/certificates/workshops/{workshop_id}/approve", include_in_schema=False)

_NOT_FOUND, _NOTHING = 404, 422
_PAGE = 200
"""Shown, and chosen from, at a time."""


@router.get("")
async def ask(at: At, workshop_id: UUID, after: str = "") -> Response:
    """Who waits for approval. `after` is the registration of the last one seen."""
    return await _page(at, workshop_id, after=_id(after))


@router.post("")
async def approve(at: At, workshop_id: UUID, after: str = "") -> Response:
    """Approve those who were chosen. Where the list has several pages, it goes on at the same place."""
    async with at.request.form(max_fields=_PAGE + 10) as form:
        chosen = {found for value in form.getlist("chosen") if isinstance(value, str) and (found := _id(value))}
        paged = form.get("paged") == "yes"
    place = _id(after)
    if not chosen:
        return await _page(at, workshop_id, after=place, status=_NOTHING)
    async with at.pool.acquire() as connection, connection.transaction():
        workshop = await _require(connection, workshop_id)
        await approve_certificates(connection, workshop, chosen, by=at.organiser, now=at.now)
    return RedirectResponse(_list(workshop_id, place) if paged else _here(workshop_id), 303)


@router.get("/all")
async def ask_all(at: At, workshop_id: UUID) -> Response:
    """What it would do to approve all who wait."""
    async with at.pool.acquire() as connection:
        workshop = await _require(connection, workshop_id)
    return at.page("certificates_to_approve_all.html", workshop=workshop, back=_list(workshop_id))


@router.post("/all")
async def approve_all(at: At, workshop_id: UUID) -> Response:
    """Approve all who wait, however many pages they fill. What was done stays done should it be broken off."""
    last: UUID | None = None
    while True:
        async with at.pool.acquire() as connection, connection.transaction():
            workshop = await _require(connection, workshop_id)
            last = await approve_next_portion(connection, workshop, last, by=at.organiser, now=at.now)
        if last is None:
            return RedirectResponse(_here(workshop_id), 303)


async def _page(at: Office, workshop_id: UUID, *, after: UUID | None, status: int = 200) -> Response:
    async with at.pool.acquire() as connection:
        workshop = await _require(connection, workshop_id)
        waiting = await list_waiting(connection, workshop, after=after, limit=_PAGE + 1)
    shown, here = waiting[:_PAGE], _list(workshop_id)
    return at.page(
        "certificates_to_approve.html",
        status,
        workshop=workshop,
        waiting=shown,
        back=_here(workshop_id),
        here=here,
        action=_list(workshop_id, after),
        first=here if after else None,
        following=_list(workshop_id, shown[-1].registration_id) if len(waiting) > _PAGE else None,
        none=status == _NOTHING,
    )


async def _require(connection: Connection, workshop_id: UUID) -> WorkshopRecorded:
    """The workshop, or the answer that nobody approves anything there."""
    workshop = await require_workshop(connection, workshop_id)
    if workshop.certificate is None or not workshop.certificate.needs_approval:
        raise HTTPException(_NOT_FOUND)
    return workshop


def _here(workshop_id: UUID) -> str:
    return f"/certificates/workshops/{workshop_id}"


def _list(workshop_id: UUID, after: UUID | None = None) -> str:
    return f"{_here(workshop_id)}/approve{f'?after={after}' if after else ''}"


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
