"""The mailbox as JSON, for programs."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from deploy.embedded.mailbox.parts import find_mail
from deploy.embedded.mailbox.store import Mailbox


def data_routes(mailbox: Mailbox) -> APIRouter:
    """The list with its envelopes, and one mail decoded."""
    routes = APIRouter(prefix="/mailbox/api/messages", include_in_schema=False)

    @routes.get("")
    async def list_messages(address: str = "", purpose: str = "", after: int = 0, q: str = "") -> list[dict[str, Any]]:
        """Oldest first. `address` is one recipient exactly; `after` leaves out numbers up to it."""
        entries = mailbox.entries(words=q, after=after, purpose=purpose)
        return [asdict(entry) for entry in reversed(entries) if not address or address in entry.recipients]

    @routes.get("/{number}")
    async def read_message(number: int) -> dict[str, Any]:
        entry, mail = find_mail(mailbox, number)
        parts = [{"name": part.name, "content_type": part.content_type, "size": len(part.content)} for part in mail.attachments]
        return asdict(entry) | {"headers": mail.headers, "text": mail.text, "html": mail.html, "attachments": parts}

    return routes
