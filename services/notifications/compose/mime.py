"""A letter as a mail: headers that nothing can be injected into, text, HTML and calendar."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

# Encoded so that any server takes it, also one that knows no 8BITMIME.
POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)
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
    return " ".join(clean.split())


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
    mail = EmailMessage(policy=POLICY.clone(utf8=True) if recipient[1].international else POLICY)
    mail["From"] = _address(*sender)
    mail["To"] = _address(*recipient)
    if reply_to is not None:
        mail["Reply-To"] = _address("", reply_to)
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(headers.date)
    mail["Message-ID"] = headers.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Atelier-Purpose"] = headers.purpose
    mail["X-Atelier-Occurrence"] = one_line(headers.occurrence)
    mail["X-Atelier-Registration"] = headers.registration
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    if calendar is not None:
        mail.make_mixed()
        mail.attach(_calendar_part(calendar.content, calendar.method))
    # Last, since becoming multipart moves what begins with Content- into the first part.
    mail["Content-Language"] = headers.language
    return mail.as_bytes()


def _address(name: str, mailbox: Mailbox) -> Address:
    return Address(display_name=one_line(name), username=mailbox.local, domain=mailbox.domain)


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
