"""What notifications' database says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True, order=True)
class MessageKey:
    """A message's business key: it names the same message in the database, on Kafka and in a mail's headers."""

    registration_id: UUID
    purpose: str
    occurrence: str

    def __str__(self) -> str:
        """For people who look for it."""
        return f"{self.registration_id}/{self.purpose}/{self.occurrence}"


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message and its fate. `reason` says why it was skipped or refused; `language` is None until it was written.

    `lapsed_for` is how long ago, in real time, the lease of whoever holds the message ran out; None while it runs and where nobody does.
    """

    key: MessageKey
    state: str
    reason: str | None
    language: str | None
    lapsed_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NotificationsDatabase:
    """`standings` are registrations' states by their facts, `versions` those of participant records, both by registration.

    `receipts` says when a fact was answered, `unanswered` holds those that are still to be, `workshop_facts` which number each has,
    `certificates` how each stands, by (registration, serial); `agenda` holds what is to be sent for a workshop, as (workshop, occurrence).
    """

    workshops: Mapping[UUID, int]
    standings: Mapping[UUID, str]
    versions: Mapping[UUID, int]
    attendance: Mapping[tuple[UUID, str], bool]
    erased: set[UUID]
    messages: Mapping[MessageKey, MessageRow]
    receipts: Mapping[UUID, datetime]
    unanswered: set[UUID]
    workshop_facts: Mapping[UUID, int]
    certificates: Mapping[tuple[UUID, str], str]
    agenda: set[tuple[UUID, str]]


async def read_notifications(connection: asyncpg.Connection) -> NotificationsDatabase:
    """Read it in the transaction that the caller has opened, so that the tables agree with each other."""
    workshops = await connection.fetch("SELECT workshop_id, version FROM workshops")
    standings = await connection.fetch("SELECT registration_id, standing FROM registrations")
    versions = await connection.fetch("SELECT registration_id, version FROM participants")
    attendance = await connection.fetch("SELECT registration_id, session_code, present FROM attendance")
    erased = await connection.fetch("SELECT registration_id FROM erased")
    messages = await connection.fetch(
        """
        SELECT registration_id, purpose, occurrence, state, coalesce(skip_reason, failure) AS reason, language,
               CASE WHEN lease_until < clock_timestamp() THEN clock_timestamp() - lease_until END AS lapsed_for
        FROM messages
        """
    )
    receipts = await connection.fetch("SELECT fact_id, acted_at FROM receipts")
    workshop_facts = await connection.fetch("SELECT fact_id, sequence FROM workshop_facts")
    certificates = await connection.fetch("SELECT registration_id, serial, state FROM certificates")
    agenda = await connection.fetch("SELECT workshop_id, occurrence FROM agenda")
    rows = [
        MessageRow(
            MessageKey(row["registration_id"], row["purpose"], row["occurrence"]),
            row["state"],
            row["reason"],
            row["language"],
            row["lapsed_for"],
        )
        for row in messages
    ]
    return NotificationsDatabase(
        workshops={row["workshop_id"]: row["version"] for row in workshops},
        standings={row["registration_id"]: row["standing"] for row in standings},
        versions={row["registration_id"]: row["version"] for row in versions},
        attendance={(row["registration_id"], row["session_code"]): row["present"] for row in attendance},
        erased={row["registration_id"] for row in erased},
        messages={row.key: row for row in rows},
        receipts={row["fact_id"]: row["acted_at"] for row in receipts if row["acted_at"]},
        unanswered={row["fact_id"] for row in receipts if not row["acted_at"]},
        workshop_facts={row["fact_id"]: row["sequence"] for row in workshop_facts},
        certificates={(row["registration_id"], row["serial"]): row["state"] for row in certificates},
        agenda={(row["workshop_id"], row["occurrence"]) for row in agenda},
    )
