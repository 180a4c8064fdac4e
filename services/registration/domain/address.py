"""Mail addresses: what counts as one, and when two are the same."""

import unicodedata
from dataclasses import dataclass, field

from email_validator import EmailNotValidError, validate_email

from services.registration.domain.plain_text import find_problem

MAXIMUM_LENGTH = 254
"""Of an address in SMTP (RFC 5321, 4.5.3.1.3, less the brackets)."""

MAXIMUM_LOCAL_PART = 64
"""Octets before the @ (RFC 5321, 4.5.3.1.1): more of them a mail server need not take."""


class InvalidAddressError(ValueError):
    """Not an address that mail can reach. The text never repeats the address."""


@dataclass(frozen=True, slots=True)
class Address:
    """`written` is what its owner typed, trimmed and composed; `key` is equal for two spellings of one address."""

    written: str = field(repr=False)
    key: str = field(repr=False)


def read_address(text: str) -> Address:
    """Read an address without asking any server about it.

    Raises:
        InvalidAddressError: it is no address, or one of a domain that is reserved and never reachable.
    """
    written = unicodedata.normalize("NFC", text.strip())
    if len(written) > MAXIMUM_LENGTH or find_problem(written) is not None:
        raise InvalidAddressError("not a mail address")
    try:
        validated = validate_email(written, check_deliverability=False)
    except EmailNotValidError:
        raise InvalidAddressError("not a mail address") from None
    if len(validated.local_part.encode()) > MAXIMUM_LOCAL_PART:
        raise InvalidAddressError("not a mail address")
    # The domain comes back in Unicode, so that xn--... and its letters are one address; case folding may decompose.
    return Address(written=written, key=unicodedata.normalize("NFC", validated.normalized.casefold()))
