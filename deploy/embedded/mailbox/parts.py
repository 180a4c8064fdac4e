"""One mail's parts as they are: source, HTML for the frame, attachments."""

from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Response

from deploy.embedded.mailbox.message import Mail, read_mail
from deploy.embedded.mailbox.store import Entry, Mailbox

HTML_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
"""For the frame that shows a mail's HTML: nothing remote, no script, no way out."""


def find_mail(mailbox: Mailbox, number: int) -> tuple[Entry, Mail]:
    """The mail of this number, decoded. Answers 404 where there is none."""
    entry = mailbox.entry(number)
    if entry is None:
        raise HTTPException(404, "There is no such mail.")
    return entry, read_mail(mailbox.source(entry))


def part_routes(mailbox: Mailbox) -> APIRouter:
    """Source, download, HTML, attachments."""
    routes = APIRouter(prefix="/mailbox/messages/{number}", include_in_schema=False)

    @routes.get("/html")
    async def show_html(number: int) -> Response:
        _, mail = find_mail(mailbox, number)
        if mail.html is None:
            raise HTTPException(404, "This mail has no HTML.")
        return Response(mail.html, media_type="text/html", headers={"Content-Security-Policy": HTML_POLICY})

    @routes.get("/source")
    async def show_source(number: int) -> Response:
        entry, _ = find_mail(mailbox, number)
        return Response(mailbox.source(entry), media_type="text/plain")

    @routes.get("/message.eml")
    async def download(number: int) -> Response:
        entry, _ = find_mail(mailbox, number)
        return Response(mailbox.source(entry), media_type="message/rfc822", headers=_as_file(entry.file_name))

    @routes.get("/attachments/{which}")
    async def attachment(number: int, which: int) -> Response:
        _, mail = find_mail(mailbox, number)
        if not 0 <= which < len(mail.attachments):
            raise HTTPException(404, "This mail has no such attachment.")
        part = mail.attachments[which]
        return Response(part.content, headers={"Content-Type": part.content_type, **_as_file(part.name)})

    return routes


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
