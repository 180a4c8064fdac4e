"""A certificate: its states, its key, and the secrets drawn for it before it is rendered."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

STATUS_LIST_SIZE = 131_072
"""Places in one status list. A list this long lets no observer tell one certificate from another."""

_FILLED_TO = 98_304
"""Certificates put into one list before the next is begun: three quarters, so that a free place is found at random within a few draws."""

_TOKEN_BYTES = 18


class CertificateState(StrEnum):
    """ELIGIBLE is earned and not rendered yet; of ELIGIBLE and ISSUED a registration has one at most.

    REVOKED is final. SUPERSEDED is so once the successor is issued; where that is withheld, what it was to replace is revoked.
    """

    ELIGIBLE = "eligible"
    ISSUED = "issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class Reason(StrEnum):
    """Why a certificate was revoked, as events say it and the public page explains it."""

    ATTENDANCE_CORRECTED = "attendance_corrected"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    ORGANISER = "organiser"
    NO_TRAINER = "no_trainer"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it is kept. `name` and `attended` are what is printed on it: None and empty until it is issued.

    `trainer`: it attests, or will, that they taught.
    """

    registration_id: UUID
    workshop_id: UUID
    edition: int
    state: CertificateState
    serial: str
    name: str | None
    attended: frozenset[str]
    trainer: bool = False


def make_verification_token() -> str:
    """144 random bits, safe in an address: whoever has it may see the public page and the PDF."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def status_list_of(index: int) -> int:
    """The number of the list that a place belongs to."""
    return index // STATUS_LIST_SIZE


def draw_status_index(count: int) -> int:
    """A random place in the status list that is being filled.

    Args:
        count: how many certificates were made before this one.

    Places of the first list are below STATUS_LIST_SIZE, those of the second below twice that, and so on. Whether the place is free, the
    database says.
    """
    return count // _FILLED_TO * STATUS_LIST_SIZE + secrets.randbelow(STATUS_LIST_SIZE)
