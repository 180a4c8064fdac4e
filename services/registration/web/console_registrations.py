"""One registration: what was answered, which mails and certificate it has, who has acted, and what an organiser can do."""

from typing import Literal
from uuid import UUID

from fastapi import HTTPException, Response
from starlette.responses import RedirectResponse

from services.registration.domain.registration import RegistrationState
from services.registration.storage import audit_log, registration_details, reports
from services.registration.storage.registration_details import RegistrationDetail
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.withdraw_registration import withdraw_registration
from services.registration.web.console_office import At, Office, create_router, workshop_context

router = create_router("/console/registrations/{registration_id}")


@router.get("")
async def show(registration_id: UUID, at: At) -> Response:
    """Everything known about it."""
    detail = await _find(at, registration_id)
    async with at.visit.pool.acquire() as connection:
        mails = await reports.mails_of(connection, registration_id)
        certificates = await reports.certificates_of(connection, registration_id)
        entries = await audit_log.of_registration(connection, registration_id)
    return _page(at, "console_registration.html", detail, mails=mails, certificates=certificates, entries=entries)


@router.get("/{action}")
async def ask(registration_id: UUID, action: Literal["withdraw", "erase"], at: At) -> Response:
    """What the command would do."""
    detail = await _find(at, registration_id)
    return _page(at, "console_registration_command.html", detail, action=action)


@router.post("/withdraw")
async def withdraw(registration_id: UUID, at: At) -> Response:
    """Give up the place or the turn on the person's behalf."""
    async with at.visit.pool.acquire() as connection, connection.transaction():
        await withdraw_registration(connection, registration_id, by="organiser", actor=at.actor, now=at.visit.now)
    return RedirectResponse(f"/console/registrations/{registration_id}", 303)


@router.post("/erase")
async def erase(registration_id: UUID, at: At) -> Response:
    """Forget the person; the page that is left shows which service has done so."""
    async with at.visit.pool.acquire() as connection, connection.transaction():
        await erase_registration(connection, registration_id, actor=at.actor, now=at.visit.now)
    return RedirectResponse(f"/console/registrations/{registration_id}", 303)


async def _find(at: Office, registration_id: UUID) -> RegistrationDetail:
    async with at.visit.pool.acquire() as connection:
        detail = await registration_details.find(connection, registration_id)
    if detail is None:
        raise HTTPException(404)
    return detail


def _page(at: Office, template: str, detail: RegistrationDetail, **context: object) -> Response:
    can_withdraw = detail.state.live and detail.workshop.places.takes_registrations(at.visit.now)
    return at.page(
        template,
        **workshop_context(at, detail.workshop) | context,
        registration=detail,
        can_withdraw=can_withdraw,
        can_erase=detail.state is not RegistrationState.ERASED,
        page=f"/console/registrations/{detail.id}",
    )
