"""A letter as a mail: headers that nothing can be injected into, text, HTML and calendar."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, quote
from functools import lru_cache

# Encoded so that any server takes it, also one that knows no 8BITMIME.
POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)
_SPECIAL = re.compile(r"[^A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]")
_UNSAFE_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f<>,;:\"\\()\[\]]")


class UnsendableAddressError(ValueError):
    """No mail can be sent to such an address. The text does not repeat it."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address as SMTP and headers take it: `domain` in ASCII. With `international` the part before the @ is not ASCII."""

    local: str
    domain: str

    @property
    def international(self) -> bool:
        """Whether only a server with SMTPUTF8 takes it."""
        return not self.local.isascii()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Headers:
    """What stands in a message's headers besides addresses and subject. `date` is business time."""

    message_id: str
    date: datetime
    purpose: str
    occurrence: str
    registration: str
    language: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar file and its iTIP method, PUBLISH or CANCEL."""

    content: bytes
    method: str


def parse_mailbox(address: str) -> Mailbox:
    """Take an address apart.

    Raises:
        UnsendableAddressError: it is none, or holds what has no place in a header.
    """
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not local or not domain or _UNSAFE_ADDRESS.search(local + domain):
        raise UnsendableAddressError("not an address that mail can be sent to")
    try:
        return Mailbox(local, domain.encode("idna").decode("ascii"))
    except UnicodeError:
        raise UnsendableAddressError("the domain is none that mail can be sent to") from None


def one_line(text: str) -> str:
    """Text for a header: characters that control, break lines or turn the direction of writing become spaces."""
    clean = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} or char in _DIRECTIONS else char for char in text)
    return re.sub(" +", " ", clean).strip()  # ordinary spaces only: French keeps hard ones before its colons


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def build_mail(
    *,
    sender: tuple[str, Mailbox],
    recipient: tuple[str, Mailbox],
    subject: str,
    text: str,
    html: str,
    headers: Headers,
    reply_to: Mailbox | None = None,
    calendar: Calendar | None = None,
) -> bytes:
    """The whole mail, in lines that end with CRLF. Names are given as their owners write them."""
    lines = [
        ("From", _address("From", *sender)),
        ("To", _address("To", *recipient)),
        *([("Reply-To", _address("Reply-To", "", reply_to))] if reply_to else []),
        ("Subject", _words("Subject", subject)),
        ("Date", format_datetime(headers.date)),
        ("Message-ID", headers.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", headers.language),
        ("X-Atelier-Purpose", headers.purpose),
        ("X-Atelier-Occurrence", _words("X-Atelier-Occurrence", headers.occurrence)),
        ("X-Atelier-Registration", headers.registration),
    ]
    body = EmailMessage(policy=POLICY)
    body.set_content(text)
    body.add_alternative(html, subtype="html")
    if calendar is not None:
        body.make_mixed()
        body.attach(_calendar_part(calendar.content, calendar.method))
    return "".join(f"{name}: {value}\r\n" for name, value in lines).encode() + body.as_bytes()


def _words(header: str, text: str) -> str:
    # The older of the standard library's two encoders: the newer one puts spaces into long names that are not ASCII.
    clean = one_line(text)
    return Header(clean, "us-ascii" if clean.isascii() else "utf-8", header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _address(header: str, name: str, mailbox: Mailbox) -> str:
    clean = one_line(name)
    if not clean:
        return str(mailbox)
    shown = f'"{quote(clean)}"' if clean.isascii() and _SPECIAL.search(clean) else _words(header, clean)
    return f"{shown}\r\n <{mailbox}>"


@lru_cache(maxsize=512)
def _calendar_part(content: bytes, method: str) -> EmailMessage:
    part = EmailMessage(policy=POLICY)
    part.set_content(
        content,
        maintype="text",
        subtype="calendar",
        cte="base64",
        filename="workshop.ics",
        params={"charset": "utf-8", "method": method},
    )
    del part["MIME-Version"]  # stands once, at the top
    return part
