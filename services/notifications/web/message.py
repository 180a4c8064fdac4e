"""One message: its fate, its text as it would be or was composed, and the decision where nobody knows whether it arrived."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, HTTPException, Response
from starlette.responses import HTMLResponse, RedirectResponse

from services.notifications.compose.composer import ComposedMail
from services.notifications.compose.mime import UnsendableAddressError
from services.notifications.storage import board
from services.notifications.storage.outgoing import load_outgoing
from services.notifications.use_cases.resolve_uncertain_message import resolve_uncertain_message
from services.notifications.web.office import At, Office, create_router
from shared.runtime.database import Connection

router = create_router()

_PREVIEW_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""The mail's own inline styles, and nothing else: no script, no form, no request to anywhere."""


@router.get("/messages/{message_id}")
async def show(message_id: UUID, at: At) -> Response:
    """Its fate, and a preview from what is known now; none where the person is not known (any more)."""
    async with at.pool.acquire() as connection:
        row = await board.find_message(connection, message_id)
        record = await board.find_workshop(connection, row.workshop_id) if row else None
        if row is None or record is None:
            raise HTTPException(404)
        mail = await _compose(at, connection, message_id)
    return at.page("message_page.html", message=row, workshop=record, mail=mail, here=f"/notifications/messages/{message_id}")


@router.get("/messages/{message_id}/html")
async def show_html(message_id: UUID, at: At) -> Response:
    """The preview as the reader's mail program shows it, locked in."""
    async with at.pool.acquire() as connection:
        mail = await _compose(at, connection, message_id)
    if mail is None:
        raise HTTPException(404)
    return HTMLResponse(mail.html, headers={"Content-Security-Policy": _PREVIEW_POLICY, "Content-Language": mail.language})


@router.post("/messages/{message_id}/resolve")
async def resolve(message_id: UUID, decision: Annotated[Literal["arrived", "send_again"], Form()], at: At) -> Response:
    """An organiser's decision about an uncertain message; one that was decided meanwhile stays as it is."""
    async with at.pool.acquire() as connection, connection.transaction():
        await resolve_uncertain_message(connection, message_id, decision, mail_domain=at.mail_domain, now=at.now)
    return RedirectResponse(f"/notifications/messages/{message_id}", 303)


async def _compose(at: Office, connection: Connection, message_id: UUID) -> ComposedMail | None:
    found = await load_outgoing(connection, [message_id])
    try:
        return at.composer.compose(found[0], now=at.now) if found else None
    except UnsendableAddressError:
        return None
