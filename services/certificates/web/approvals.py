"""Where organisers approve certificates."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse

from services.certificates.storage.approvals import list_waiting
from services.certificates.use_cases.approve_certificates import approve_certificates
from services.certificates.web.office import At, require_workshop

router = APIRouter(prefix="/certificates/workshops/{workshop_id}", include_in_schema=False)

_NOT_FOUND, _NOTHING = 404, 422
_MOST = 500
"""Shown, and approved, at a time."""


@router.get("/approve")
async def ask(at: At, workshop_id: UUID) -> Response:
    """Who waits for approval."""
    return await _page(at, workshop_id)


@router.post("/approve")
async def approve(at: At, workshop_id: UUID) -> Response:
    """Approve those who were chosen."""
    async with at.request.form(max_fields=_MOST + 10) as form:
        chosen = {found for value in form.getlist("chosen") if isinstance(value, str) and (found := _id(value))}
    if not chosen:
        return await _page(at, workshop_id, status=_NOTHING)
    async with at.pool.acquire() as connection, connection.transaction():
        workshop = await require_workshop(connection, workshop_id)
        await approve_certificates(connection, workshop, chosen, by=at.organiser, now=at.now)
    return RedirectResponse(f"/certificates/workshops/{workshop_id}", 303)


async def _page(at: At, workshop_id: UUID, *, status: int = 200) -> Response:
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
        if workshop.certificate is None or not workshop.certificate.needs_approval:
            raise HTTPException(_NOT_FOUND)
        waiting = await list_waiting(connection, workshop)
    back = f"/certificates/workshops/{workshop_id}"
    return at.page(
        "certificates_to_approve.html",
        status,
        workshop=workshop,
        waiting=waiting[:_MOST],
        more=len(waiting) - _MOST,
        back=back,
        none=status == _NOTHING,
    )


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
