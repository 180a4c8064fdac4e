"""Twins of the statements with which notifications keeps what it hears."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import md5
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import columns, twin


def message_id(registration_id: UUID, purpose: str, occurrence: str) -> UUID:
    """The generated column."""
    return UUID(hex=md5(f"{registration_id}/{purpose}/{occurrence}".encode(), usedforsecurity=False).hexdigest())


@twin("SELECT registration_id FROM erased WHERE registration_id = ANY($1)", says="asks who was erased", digest="67c825a0")
def find_erased(statement: Statement, registration_ids: Sequence[UUID]) -> list[Row]:
    return [{"registration_id": one} for one in registration_ids if statement.get("erased", one) is not None]


@twin(
    "INSERT INTO workshops AS w (workshop_id, version, state, record, recorded_at)", says="keeps the workshop's record", digest="a52838cf"
)
def store_workshop(statement: Statement, workshop_id: UUID, version: int, state: str, record: object, recorded_at: datetime) -> int:
    new = {"workshop_id": workshop_id, "version": version, "state": state, "record": json.dumps(record), "recorded_at": recorded_at}
    old = statement.in_the_way("workshops", new)
    if old is None:
        statement.insert("workshops", new | {"agenda_stale": True, "agenda_digest": None, "spread_pending": False, "cancelled_by": None})
        return 1
    if old["version"] >= version:
        return 0
    statement.update("workshops", old, **new, agenda_stale=True)
    return 1


@twin("INSERT INTO registrations AS r", "standing_sequence", says="keeps where registrations stand", digest="83cbbaf1")
def store_standings(statement: Statement, *columns_of_each: Sequence[Any]) -> list[Row]:
    return [row for values in zip(*columns_of_each, strict=True) for row in _store_standing(statement, *values)]


def _store_standing(
    statement: Statement, registration_id: UUID, workshop_id: UUID, standing: str, sequence: int, fact_id: UUID, at: datetime
) -> list[Row]:
    gone = standing == "withdrawn"
    new: Row = {
        "registration_id": registration_id,
        "workshop_id": workshop_id,
        "standing": standing,
        "standing_sequence": sequence,
        "standing_fact": fact_id,
        "admitted_at": None if gone else at,
        "confirmed_at": at if standing == "confirmed" else None,
        "withdrawn_at": at if gone else None,
        "withdrawn_fact": fact_id if gone else None,
        "last_fact_at": at,
        "agenda_digest": None,
    }
    old = statement.in_the_way("registrations", new)
    if old is None:
        return [columns(statement.insert("registrations", new), "registration_id", "last_fact_at")]
    newer = sequence > old["standing_sequence"]
    earlier = [new[name] is not None and (old[name] is None or new[name] < old[name]) for name in ("admitted_at", "confirmed_at")]
    if not (newer or any(earlier) or (old["withdrawn_at"] is None and gone)):
        return []
    latest = new if newer else old
    changed = statement.update(
        "registrations",
        old,
        **columns(latest, "standing", "standing_fact", "standing_sequence"),
        admitted_at=_least(old["admitted_at"], new["admitted_at"]),
        confirmed_at=_least(old["confirmed_at"], new["confirmed_at"]),
        withdrawn_at=old["withdrawn_at"] or new["withdrawn_at"],
        withdrawn_fact=old["withdrawn_fact"] or new["withdrawn_fact"],
        last_fact_at=max(old["last_fact_at"], at),
        agenda_digest=None,
    )
    return [columns(changed, "registration_id", "last_fact_at")]


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


@twin("INSERT INTO messages (registration_id, workshop_id, purpose", "unnest", says="plans messages", digest="d4cbfc60")
def add_fact_messages(statement: Statement, *columns_of_each: Sequence[Any]) -> int:
    return sum(_add_fact_message(statement, *values) for values in zip(*columns_of_each, strict=True))


def _add_fact_message(statement: Statement, *values: object) -> int:
    names = ("registration_id", "workshop_id", "purpose", "occurrence", "rank", "sequence", "due_at", "correlation_id", "traceparent")
    row: Row = dict(zip(names, values, strict=False))
    row["message_id"] = message_id(row["registration_id"], row["purpose"], row["occurrence"])
    if statement.in_the_way("messages", row, of="messages_business_key") is not None:
        return 0
    statement.insert("messages", row)
    return 1


@twin(
    "INSERT INTO receipts (fact_id, workshop_id",
    "ON CONFLICT (fact_id) DO NOTHING",
    says="notes that the fact is to be answered",
    digest="6a4a04c4",
)
def owe_receipt(statement: Statement, fact_id: UUID, workshop_id: UUID, registration_id: UUID | None, fact_type: str) -> int:
    row = {"fact_id": fact_id, "workshop_id": workshop_id, "registration_id": registration_id, "fact_type": fact_type, "acted_at": None}
    if statement.in_the_way("receipts", row) is not None:
        return 0
    statement.insert("receipts", row)
    return 1


@twin(
    "UPDATE receipts SET acted_at = $2 WHERE fact_id = ANY($1) AND acted_at IS NULL",
    says="notes that the facts are answered",
    digest="c9ec3964",
)
def settle_receipts(statement: Statement, fact_ids: list[UUID], now: datetime) -> int:
    return len(statement.update_where("receipts", lambda row: row["fact_id"] in fact_ids and row["acted_at"] is None, acted_at=now))


@twin("INSERT INTO participants AS p", "NOT EXISTS (SELECT FROM erased", says="keeps whom to write to", digest="7651ced7")
def store_participants(statement: Statement, *columns_of_each: Sequence[Any]) -> int:
    return sum(_store_participant(statement, *values) for values in zip(*columns_of_each, strict=True))


def _store_participant(statement: Statement, registration_id: UUID, workshop_id: UUID, version: int, *rest: str) -> int:
    if statement.get("erased", registration_id) is not None:
        return 0
    named = dict(zip(("given_name", "family_name", "address", "language", "time_zone", "personal_page"), rest, strict=True))
    new = {"registration_id": registration_id, "workshop_id": workshop_id, "version": version} | named
    old = statement.in_the_way("participants", new)
    if old is None:
        statement.insert("participants", new)
        return 1
    if old["version"] >= version:
        return 0
    statement.update("participants", old, version=version, **named)
    return 1


@twin("INSERT INTO erased (registration_id)", says="keeps the bare id as erased", digest="0328b83e")
def remember_erased(statement: Statement, registration_id: UUID) -> int:
    row = {"registration_id": registration_id}
    if statement.in_the_way("erased", row) is not None:
        return 0
    statement.insert("erased", row)
    return 1


@twin("DELETE FROM registrations WHERE registration_id = $1", says="deletes where the registration stands", digest="027c7db9")
def delete_registrations(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("registrations", lambda row: row["registration_id"] == registration_id)


@twin("DELETE FROM participants WHERE registration_id = $1", says="deletes whom to write to", digest="2b1d17db")
def delete_participants(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("participants", lambda row: row["registration_id"] == registration_id)


@twin("DELETE FROM attendance WHERE registration_id = $1", says="deletes who was there", digest="836fc890")
def delete_attendance(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("attendance", lambda row: row["registration_id"] == registration_id)


@twin("DELETE FROM certificates WHERE registration_id = $1", says="deletes what is known of the certificate", digest="b9b55b77")
def delete_certificates(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("certificates", lambda row: row["registration_id"] == registration_id)
