"""The mailbox's pages: the list and one mail."""

from pathlib import Path

from fastapi import APIRouter, Request, Response

from deploy.embedded.mailbox.parts import find_mail
from deploy.embedded.mailbox.store import Mailbox
from shared.web.pages import Pages

TEMPLATES = Path(__file__).parent / "templates"
PAGE_LENGTH = 100
FRAMING_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'"
"""The usual policy, and that a mail's HTML may be shown in a frame."""


def page_routes(mailbox: Mailbox, pages: Pages) -> APIRouter:
    """What people look at."""
    routes = APIRouter(prefix="/mailbox", include_in_schema=False)

    @routes.get("")
    async def show_list(request: Request, q: str = "", purpose: str = "", before: int = 0) -> Response:
        found = [entry for entry in mailbox.entries(words=q, purpose=purpose) if not before or entry.number < before]
        shown = found[:PAGE_LENGTH]
        return pages.response(
            request,
            "list.html",
            entries=shown,
            words=q,
            purpose=purpose,
            found=len(found),
            purposes=sorted({entry.purpose for entry in mailbox.entries() if entry.purpose}),
            older=shown[-1].number if len(found) > PAGE_LENGTH else None,
        )

    @routes.get("/messages/{number}")
    async def show_message(request: Request, number: int) -> Response:
        entry, mail = find_mail(mailbox, number)
        return pages.response(request, "message.html", entry=entry, mail=mail, headers={"Content-Security-Policy": FRAMING_POLICY})

    return routes
