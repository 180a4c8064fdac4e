"""What registration's database says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class WorkshopRow:
    """A workshop with the counters that its row carries. `ends_at` and `updated_at`, its own last change, are business time."""

    id: UUID
    state: str
    version: int
    capacity: int
    confirmed_count: int
    waiting_count: int
    ends_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """A registration; `version` and `address` are of its participant record and None once that is gone. `withdrawn_at` is business time."""

    id: UUID
    workshop_id: UUID
    number: int
    state: str
    answered: str
    promoted: bool
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    version: int | None
    address: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReportedMail:
    """A message's fate as notifications reported it."""

    registration_id: UUID
    purpose: str
    occurrence: str
    state: str


@dataclass(frozen=True, slots=True)
class ReportedCertificate:
    """A certificate's fate as certificates reported it."""

    registration_id: UUID
    edition: int
    serial: str
    state: str


@dataclass(frozen=True, slots=True)
class RegistrationDatabase:
    """`attendance` is presence by (registration, session code).

    `answers` are the registrations whose form answers are stored, `receipts` when a fact was last answered, by (service, fact),
    `audited` the facts that the audit log speaks of, and `shares` the tokens of share pages that are on, by registration.
    """

    workshops: Sequence[WorkshopRow]
    registrations: Mapping[UUID, RegistrationRow]
    attendance: Mapping[tuple[UUID, str], bool]
    mails: Sequence[ReportedMail]
    certificates: Sequence[ReportedCertificate]
    answers: set[UUID]
    receipts: Mapping[tuple[str, UUID], datetime]
    audited: set[UUID]
    shares: Mapping[UUID, str] = field(repr=False)


async def read_registration(connection: asyncpg.Connection) -> RegistrationDatabase:
    """Read it in the transaction that the caller has opened, so that the tables agree with each other."""
    workshops = await connection.fetch(
        "SELECT id, state, version, capacity, confirmed_count, waiting_count, ends_at, updated_at FROM workshops"
    )
    registrations = await connection.fetch(
        """
        SELECT r.id, r.workshop_id, r.number, r.state, r.answered, r.promoted_at IS NOT NULL AS promoted, r.withdrawn_by,
               r.withdrawn_at, p.version, p.address
        FROM registrations r LEFT JOIN participants p ON p.registration_id = r.id
        ORDER BY r.workshop_id, r.number
        """
    )
    attendance = await connection.fetch("SELECT registration_id, session_code, present FROM attendance")
    mails = await connection.fetch("SELECT registration_id, purpose, occurrence, state FROM notification_outcomes")
    certificates = await connection.fetch("SELECT registration_id, edition, serial, state FROM certificate_outcomes")
    answers = await connection.fetch("SELECT registration_id FROM answers")
    receipts = await connection.fetch("SELECT service, fact_id, acted_at FROM receipts")
    audited = await connection.fetch("SELECT fact_id FROM audit_log WHERE fact_id IS NOT NULL")
    shares = await connection.fetch("SELECT registration_id, share_token FROM certificate_shares")
    return RegistrationDatabase(
        workshops=[WorkshopRow(**dict(row)) for row in workshops],
        registrations={row["id"]: RegistrationRow(**dict(row)) for row in registrations},
        attendance={(row["registration_id"], row["session_code"]): row["present"] for row in attendance},
        mails=[ReportedMail(**dict(row)) for row in mails],
        certificates=[ReportedCertificate(**dict(row)) for row in certificates],
        answers={row["registration_id"] for row in answers},
        receipts={(row["service"], row["fact_id"]): row["acted_at"] for row in receipts},
        audited={row["fact_id"] for row in audited},
        shares={row["registration_id"]: row["share_token"] for row in shares},
    )
