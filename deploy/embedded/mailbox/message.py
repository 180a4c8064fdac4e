"""Reading one mail the way a mail program does: every script, every encoding, and no failure on a broken one."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default


@dataclass(frozen=True)
class Attachment:
    """A part that is offered as a file. `number` counts all such parts of one mail from 0."""

    number: int
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """What a person sees of a mail; headers in the order of the source, decoded."""

    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]

    def header(self, name: str) -> str:
        """The first header of this name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read_mail(source: bytes) -> Mail:
    """Decode the source of one mail. What cannot be decoded shows replacement characters."""
    message = message_from_bytes(source, policy=default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    files = [part for part in _leaves(message) if part is not text and part is not html]
    return Mail(
        headers=tuple((name, _header(message, name, value)) for name, value in message.raw_items()),
        text=_text(text),
        html=_text(html),
        attachments=tuple(
            Attachment(number, _file_name(part, number), part.get_content_type(), _payload(part)) for number, part in enumerate(files)
        ),
    )


def _header(message: EmailMessage, name: str, value: str) -> str:
    try:
        return str(message.policy.header_fetch_parse(name, value))
    except (ValueError, IndexError, LookupError):  # the parser of structured headers gives up on some malformed ones
        return str(value)


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    for part in message.walk():
        if not part.is_multipart():
            yield part


def _payload(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    try:
        return _payload(part).decode(part.get_content_charset("utf-8"), "replace").replace("\r\n", "\n")
    except LookupError:  # a charset that nobody knows
        return _payload(part).decode("utf-8", "replace")


def _file_name(part: EmailMessage, number: int) -> str:
    name = part.get_filename()
    if name:
        return name
    extension = {"text/calendar": "ics", "text/html": "html", "text/plain": "txt", "application/pdf": "pdf"}
    return f"part-{number + 1}.{extension.get(part.get_content_type(), 'bin')}"
