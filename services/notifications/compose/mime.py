"""A letter as a mail: headers that nothing can be injected into, text, HTML and calendar."""

import base64
import binascii
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote
from functools import lru_cache

_SPECIAL = re.compile(r"[^A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]")
_LINE = 76
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
    if text.isprintable():  # which none of these characters is
        return re.sub(" +", " ", text).strip()
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
        ("From", _sender(*sender)),
        ("To", _address("To", *recipient)),
        *([("Reply-To", _address("Reply-To", "", reply_to))] if reply_to else []),
        ("Subject", _subject(subject)),
        ("Date", format_datetime(headers.date)),
        ("Message-ID", headers.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", headers.language),
        ("X-Atelier-Purpose", headers.purpose),
        ("X-Atelier-Occurrence", _words("X-Atelier-Occurrence", headers.occurrence)),
        ("X-Atelier-Registration", headers.registration),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines).encode()
    body = _multipart("alternative", [_text_part(text, "plain"), _text_part(html, "html")])
    if calendar is not None:
        body = _multipart("mixed", [body, _calendar_part(calendar.content, calendar.method)])
    return head + b"MIME-Version: 1.0\r\n" + body


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    """Parts between boundaries that none of them can contain: it is random, and no encoded line has `=_`."""
    boundary = f"=_{secrets.token_hex(16)}".encode()
    inner = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n%s--%s--\r\n' % (kind.encode(), boundary, inner, boundary)


def _text_part(text: str, subtype: str) -> bytes:
    """One text in UTF-8, as short as it can be written in 7 bits (RFC 2045, 6.7 and 6.8)."""
    content = text.replace("\n", "\r\n").encode()
    encoding, written = "quoted-printable", binascii.b2a_qp(content)
    if len(written) > len(content) * 4 / 3:
        encoding, written = "base64", _base64(content)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + written


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _words(header: str, text: str) -> str:
    # The older of the standard library's two encoders: the newer one puts spaces into long names that are not ASCII.
    clean = one_line(text)
    if clean.isascii() and len(header) + len(": ") + len(clean) <= _LINE:
        return clean
    word = f"=?utf-8?b?{base64.b64encode(clean.encode()).decode()}?="  # RFC 2047, 2: at most 75 characters
    if not clean.isascii() and len(header) + len(": ") + len(word) <= _LINE:
        return word
    return Header(clean, "us-ascii" if clean.isascii() else "utf-8", header_name=header, maxlinelen=_LINE).encode(linesep="\r\n")


def _address(header: str, name: str, mailbox: Mailbox) -> str:
    clean = one_line(name)
    if not clean:
        return str(mailbox)
    shown = f'"{quote(clean)}"' if clean.isascii() and _SPECIAL.search(clean) else _words(header, clean)
    return f"{shown}\r\n <{mailbox}>"


# Kept, since many mails say the same. Nothing that is about one person is.
@lru_cache(maxsize=512)
def _subject(subject: str) -> str:
    return _words("Subject", subject)


@lru_cache(maxsize=512)
def _sender(name: str, mailbox: Mailbox) -> str:
    return _address("From", name, mailbox)


@lru_cache(maxsize=512)
def _calendar_part(content: bytes, method: str) -> bytes:
    head = (
        f'Content-Type: text/calendar; charset="utf-8"; method="{method}"\r\nContent-Transfer-Encoding: base64\r\n'
        'Content-Disposition: attachment; filename="workshop.ics"\r\n\r\n'
    )
    return head.encode() + _base64(content)
