"""Where an organiser has all certificates of a workshop issued again."""

from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from services.certificates.domain.refusals import RefusedError
from services.certificates.storage import console_lists, issuing_again
from services.certificates.use_cases.issue_all_again import issue_all_again
from services.certificates.web.office import At, Office, require_workshop

router = APIRouter(prefix="/certificates/workshops/{workshop_id}", include_in_schema=False)

_REFUSED = 409


@router.get("/issue-again")
async def ask(at: At, workshop_id: UUID) -> Response:
    """What it would do, and to how many."""
    return await _page(at, workshop_id)


@router.post("/issue-again")
async def again(at: At, workshop_id: UUID) -> Response:
    """Have it done."""
    try:
        async with at.pool.acquire() as connection, connection.transaction():
            await require_workshop(connection, workshop_id)
            await issue_all_again(connection, workshop_id, by=at.organiser, now=at.now)
    except RefusedError:
        return await _page(at, workshop_id, _REFUSED)
    return RedirectResponse(f"/certificates/workshops/{workshop_id}", 303)


async def _page(at: Office, workshop_id: UUID, status: int = 200) -> Response:
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
        counts = await console_lists.count_of_workshop(connection, workshop_id)
        again = await issuing_again.is_asked(connection, workshop_id)
    back = f"/certificates/workshops/{workshop_id}"
    return at.page("certificates_again.html", status, workshop=workshop, counts=counts, again=again, back=back)
