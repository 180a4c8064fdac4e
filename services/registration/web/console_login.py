"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from starlette.responses import RedirectResponse

from services.registration.use_cases.sign_in import sign_in
from services.registration.web.public_state import Visit, visit
from services.registration.web.session_issuing import SessionIssuer
from services.registration.web.throttling import Throttle
from shared.web.forms import read_fields

router = APIRouter(prefix="/console", include_in_schema=False)
Here = Annotated[Visit, Depends(visit)]

_HOME = "/console"


@router.get("/login")
async def show_login(here: Here) -> Response:
    """The form."""
    return _login(here, here.request.query_params.get("next", ""), "", None, 200)


@router.post("/login")
async def log_in(here: Here) -> Response:
    """Sign in, and go on to where the organiser wanted to be."""
    fields = await read_fields(here.request)
    _ = here.pages.translator(here.request)
    address, target = fields.get("address", ""), fields.get("next", "")
    throttle: Throttle = here.request.app.state.login_throttle
    client = here.request.client.host if here.request.client else ""
    if not await throttle.allow(f"client {client}", f"account {address.strip().casefold()}"):
        return _login(here, target, address, _("Too many attempts. Please wait a minute and try again."), 429)
    async with here.pool.acquire() as connection, connection.transaction():
        organiser = await sign_in(connection, address, fields.get("password", ""))
    if organiser is None:
        return _login(here, target, address, _("No account has this address and password. Check both and try again."), 422)
    answer = RedirectResponse(_own(target), 303)
    issuer: SessionIssuer = here.request.app.state.session_issuer
    issuer.sign_in(answer, organiser)
    return answer


@router.post("/logout")
async def log_out(here: Here) -> Response:
    """Sign out."""
    answer = RedirectResponse("/console/login", 303)
    issuer: SessionIssuer = here.request.app.state.session_issuer
    issuer.sign_out(answer)
    return answer


def _login(here: Visit, target: str, address: str, error: str | None, status: int) -> Response:
    errors = {"address": error} if error else {}
    return here.pages.response(here.request, "console_login.html", status, target=_own(target), address=address, errors=errors)


def _own(target: str) -> str:
    """Where to go after signing in: pages for organisers, never another site."""
    beginnings = (_HOME, "/notifications", "/certificates", "/mailbox")
    safe = target.startswith(beginnings) and "\\" not in target and target.isprintable()
    return target if safe else _HOME
