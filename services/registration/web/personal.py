"""The personal page: whoever holds its link acts for that registration. It is stored nowhere and tells no other site where it was."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from starlette.responses import RedirectResponse

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.personal_link import InvalidLinkError
from services.registration.domain.refusals import ConflictError
from services.registration.domain.registration import RegistrationState
from services.registration.settings import RegistrationSettings
from services.registration.storage import registration_details, reports, shares
from services.registration.storage.registration_details import RegistrationDetail
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.share_certificate import share_certificate
from services.registration.use_cases.stop_sharing_certificate import stop_sharing_certificate
from services.registration.use_cases.withdraw_registration import withdraw_registration
from services.registration.web.public_state import Visit, visit
from services.registration.web.words import words
from services.registration.web.workshop_view import view

router = APIRouter(prefix="/my/{token}", include_in_schema=False)
Here = Annotated[Visit, Depends(visit)]

SECRET_PATHS = ("/my/",)
_GONE, _NOT_FOUND, _CONFLICT = 410, 404, 409
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@router.get("")
async def show(token: str, here: Here) -> Response:
    """How things stand, and everything that is kept."""
    detail = await _find(here, token)
    if isinstance(detail, Response):
        return detail
    async with here.pool.acquire() as connection:
        mails = await reports.mails_of(connection, detail.id)
        certificates = await reports.certificates_of(connection, detail.id)
        shared_by = await shares.find_token(connection, detail.id)
    return _page(
        here,
        "personal.html",
        detail,
        token,
        mails=[mail for mail in mails if mail.state == "sent"],
        certificate=next((edition for edition in certificates if edition.state == "issued"), None),
        share_page=_share_page(here, shared_by) if shared_by else None,
    )


@router.post("/share")
async def share(token: str, here: Here) -> Response:
    """Switch the share page on. No page asks first, since it can be taken back."""
    detail = await _find(here, token)
    if isinstance(detail, Response):
        return detail
    try:
        async with here.pool.acquire() as connection, connection.transaction():
            await share_certificate(connection, detail.id, actor=PARTICIPANT, now=here.now)
    except ConflictError:
        _ = here.pages.translator(here.request)
        sentences = _("You have no valid certificate at the moment, so there is nothing to share. Nothing was changed.")
        return _message(here, _CONFLICT, _("No certificate to share"), sentences, onward=(f"/my/{token}", _("Your registration")))
    return RedirectResponse(f"/my/{token}#share", 303, headers=_PRIVATE)


@router.post("/stop-sharing")
async def stop_sharing(token: str, here: Here) -> Response:
    """Switch it off."""
    detail = await _find(here, token)
    if isinstance(detail, Response):
        return detail
    async with here.pool.acquire() as connection, connection.transaction():
        await stop_sharing_certificate(connection, detail.id, actor=PARTICIPANT, now=here.now)
    return RedirectResponse(f"/my/{token}#share", 303, headers=_PRIVATE)


@router.get("/withdraw")
async def ask_withdraw(token: str, here: Here) -> Response:
    """What withdrawing would do, before it is done."""
    detail = await _find(here, token)
    if isinstance(detail, Response):
        return detail
    if not _can_withdraw(detail, here):
        return RedirectResponse(f"/my/{token}", 303, headers=_PRIVATE)
    return _page(here, "personal_withdraw.html", detail, token)


@router.post("/withdraw")
async def withdraw(token: str, here: Here) -> Response:
    """Give up the place or the turn."""
    detail = await _find(here, token)
    if isinstance(detail, Response):
        return detail
    try:
        async with here.pool.acquire() as connection, connection.transaction():
            await withdraw_registration(connection, detail.id, by="participant", actor=PARTICIPANT, now=here.now)
    except ConflictError:
        # It ended between the two pages; the personal page shows how things stand now
        return RedirectResponse(f"/my/{token}", 303, headers=_PRIVATE)
    return RedirectResponse(f"/my/{token}", 303, headers=_PRIVATE)


@router.get("/erase")
async def ask_erase(token: str, here: Here) -> Response:
    """What erasing would do, before it is done."""
    detail = await _find(here, token)
    if isinstance(detail, Response):
        return detail
    return _page(here, "personal_erase.html", detail, token)


@router.post("/erase")
async def erase(token: str, here: Here) -> Response:
    """Forget the person."""
    detail = await _find(here, token)
    if isinstance(detail, Response):
        return detail
    async with here.pool.acquire() as connection, connection.transaction():
        await erase_registration(connection, detail.id, actor=PARTICIPANT, now=here.now)
    return _erased(here, 200)


async def _find(here: Visit, token: str) -> RegistrationDetail | Response:
    """The registration that the link is for, else the page that says why there is none."""
    _ = here.pages.translator(here.request)
    try:
        registration_id = here.links.read(token, here.now)
    except InvalidLinkError as error:
        if error.expired:
            return _message(here, _GONE, _("This link has expired"), _("Personal links work until a year after the workshop."))
        return _message(
            here, _NOT_FOUND, _("This link is not valid"), _("Please open it from the mail again, whole: a mail program may have cut it.")
        )
    async with here.pool.acquire() as connection:
        detail = await registration_details.find(connection, registration_id)
    if detail is None:
        return _message(
            here, _NOT_FOUND, _("This link is not valid"), _("Please open it from the mail again, whole: a mail program may have cut it.")
        )
    return _erased(here, _GONE) if detail.state is RegistrationState.ERASED else detail


def _share_page(here: Visit, share_token: str) -> str:
    """The address that the holder gives away. Certificates answers there."""
    settings: RegistrationSettings = here.request.app.state.settings
    return f"{settings.public_url.rstrip('/')}/certificates/shared/{share_token}"


def _can_withdraw(detail: RegistrationDetail, here: Visit) -> bool:
    return detail.state.live and detail.workshop.places.takes_registrations(here.now)


def _erased(here: Visit, status: int) -> Response:
    _ = here.pages.translator(here.request)
    return _message(
        here,
        status,
        _("Your data has been erased"),
        _("Nothing that names you is kept here any more. The other parts of the system are erasing theirs, which takes a moment."),
    )


def _message(here: Visit, status: int, heading: str, *sentences: str, onward: tuple[str, str] | None = None) -> Response:
    onward = onward or ("/workshops", here.pages.translator(here.request)("All workshops"))
    return here.pages.response(here.request, "message.html", status, headers=_PRIVATE, heading=heading, sentences=sentences, onward=onward)


def _page(here: Visit, template: str, detail: RegistrationDetail, token: str, **context: Any) -> Response:
    return here.pages.response(
        here.request,
        template,
        headers=_PRIVATE,
        words=words(here.pages.translator(here.request)),
        registration=detail,
        workshop=view(detail.workshop, here.now),
        can_withdraw=_can_withdraw(detail, here),
        here=f"/my/{token}",
        **context,
    )
