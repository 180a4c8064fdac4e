"""Twins of the statements that claim messages and let them go."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import columns, twin

REMINDER = 3
_WHOLE_WORKSHOP = {"workshop.cancelled.v1", "workshop.rescheduled.v1"}


def in_turn(row: Row) -> tuple[Any, ...]:
    """The order in which the messages of a registration leave."""
    return (row["rank"] == REMINDER, row["due_at"], row["rank"], row["sequence"], row["message_id"])


def ready(statement: Statement) -> Callable[[Row], bool]:
    """JOINS, KNOWN and FIRST: whether a message may leave, by what the statement sees of other rows."""

    def check(row: Row) -> bool:
        registration = statement.get("registrations", row["registration_id"])
        workshop = statement.get("workshops", row["workshop_id"])
        participant = statement.get("participants", row["registration_id"])
        if registration is None or workshop is None or participant is None:
            return False
        return _known(statement, row, registration, workshop) and _first(statement, row)

    return check


def _known(statement: Statement, row: Row, registration: Row, workshop: Row) -> bool:
    whole = row["rank"] in (1, REMINDER)
    if workshop["state"] == "cancelled" and workshop["cancelled_by"] is None:
        return False

    def stops(fact: Row) -> bool:
        return fact["workshop_id"] == row["workshop_id"] and not fact["included"] and (whole or fact["type"] in _WHOLE_WORKSHOP)

    follows = registration["agenda_digest"] is not None and registration["agenda_digest"] == workshop["agenda_digest"]
    return not statement.rows("workshop_facts", stops) and (not whole or (not workshop["agenda_stale"] and follows))


def _first(statement: Statement, row: Row) -> bool:
    def before(other: Row) -> bool:
        if other["registration_id"] != row["registration_id"] or other["message_id"] == row["message_id"]:
            return False
        return other["state"] in ("claimed", "sending") or (other["state"] == "planned" and in_turn(other) < in_turn(row))

    return not statement.rows("messages", before)


def _claim(statement: Statement, limit: int, lease: float, which: Callable[[Row], bool], order: Callable[[Row], Any]) -> list[Row]:
    now, may_leave = statement.now, ready(statement)

    def free(row: Row) -> bool:
        waited = row["not_before"] is None or row["not_before"] <= now
        return row["state"] == "planned" and which(row) and waited and may_leave(row)

    chosen = statement.lock("messages", free, order=order, limit=limit, skip_locked=True)
    until = now + timedelta(seconds=lease)
    claimed = [statement.update("messages", row, state="claimed", fence=row["fence"] + 1, lease_until=until) for row in chosen]
    return [columns(row, "message_id", "fence") for row in claimed]


@twin("WITH chosen AS MATERIALIZED", "m.rank < 3 AND", says="claims messages that facts caused", digest="c465963a")
def claim_facts(statement: Statement, limit: int, lease: float) -> list[Row]:
    return _claim(statement, limit, lease, lambda row: row["rank"] < REMINDER, lambda row: (row["due_at"], row["rank"], row["sequence"]))


@twin("WITH chosen AS MATERIALIZED", "m.rank = 3 AND m.due_at <= $3 AND", says="claims reminders", digest="87c8f10c")
def claim_reminders(statement: Statement, limit: int, lease: float, now: datetime) -> list[Row]:
    return _claim(statement, limit, lease, lambda row: row["rank"] == REMINDER and row["due_at"] <= now, lambda row: row["due_at"])


@twin("WHERE state = 'claimed' AND lease_until < clock_timestamp()", says="frees claims that have expired", digest="55d28e86")
def free_expired_claims(statement: Statement) -> int:
    now = statement.now
    rows = statement.lock("messages", lambda row: row["state"] == "claimed" and row["lease_until"] < now)
    for row in rows:
        statement.update("messages", row, state="planned", lease_until=None, fence=row["fence"] + 1)
    return len(rows)


@twin("SELECT registration_id FROM messages WHERE message_id = $1", says="looks up the message's registration", digest="5fc221ff")
def registration_of(statement: Statement, message_id: UUID) -> list[Row]:
    row = statement.get("messages", message_id)
    return [] if row is None else [columns(row, "registration_id")]


def _mine(message_id: UUID, fence: int, *states: str) -> Callable[[Row], bool]:
    return lambda row: row["message_id"] == message_id and row["fence"] == fence and row["state"] in states


@twin("SELECT true FROM messages WHERE message_id = $1 AND fence = $2", "FOR UPDATE", says="locks its claimed message", digest="af8f8706")
def hold(statement: Statement, message_id: UUID, fence: int) -> list[Row]:
    return [{"bool": True} for _ in statement.lock("messages", _mine(message_id, fence, "claimed"))]


@twin(
    "SELECT true FROM messages m JOIN registrations r",
    "WHERE m.message_id = $1 AND",
    says="looks whether the message may still leave",
    digest="666ef11b",
)
def may_leave(statement: Statement, message_id: UUID) -> list[Row]:
    row = statement.get("messages", message_id)
    return [{"bool": True}] if row is not None and ready(statement)(row) else []


@twin("not_before = CASE WHEN $3 > 0", says="gives the message back", digest="3516d3b4")
def release(statement: Statement, message_id: UUID, fence: int, wait: float) -> int:
    rows = statement.lock("messages", _mine(message_id, fence, "claimed", "sending", "uncertain"))
    for row in rows:
        later = statement.now + timedelta(seconds=wait) if wait > 0 else row["not_before"]
        statement.update("messages", row, state="planned", lease_until=None, settled_at=None, fence=row["fence"] + 1, not_before=later)
    return len(rows)


@twin("attempts = attempts + 1", "not_before = clock_timestamp()", says="postpones the message", digest="3da88a32")
def postpone(statement: Statement, message_id: UUID, fence: int, wait: float) -> int:
    rows = statement.lock("messages", _mine(message_id, fence, "claimed", "sending", "uncertain"))
    for row in rows:
        counted = {"fence": row["fence"] + 1, "attempts": row["attempts"] + 1}
        later = statement.now + timedelta(seconds=wait)
        statement.update("messages", row, state="planned", lease_until=None, settled_at=None, not_before=later, **counted)
    return len(rows)


@twin("SET state = 'sending', language = $3", says="marks the message as being sent", digest="8770b587")
def start_sending(statement: Statement, message_id: UUID, fence: int, language: str, lease: float) -> int:
    until = statement.now + timedelta(seconds=lease)
    mine = _mine(message_id, fence, "claimed")
    return len(statement.update_where("messages", mine, state="sending", language=language, lease_until=until))


@twin("SELECT true FROM registrations WHERE registration_id = $1 FOR NO KEY UPDATE", says="locks the registration", digest="c51a0d9d")
def lock_registration(statement: Statement, registration_id: UUID) -> list[Row]:
    return [{"bool": True} for _ in statement.lock("registrations", lambda row: row["registration_id"] == registration_id)]


@twin(
    "UPDATE registrations SET agenda_digest = NULL WHERE registration_id = $1", says="has the registration planned again", digest="f7d7dc7d"
)
def plan_again(statement: Statement, registration_id: UUID) -> int:
    return len(statement.update_where("registrations", lambda row: row["registration_id"] == registration_id, agenda_digest=None))


@twin("SELECT pg_notify($2, '') WHERE EXISTS", says="asks that the next message be looked at", digest="ec971c47")
def wake_for_following(statement: Statement, registration_id: UUID, channel: str) -> list[Row]:
    if statement.rows("messages", lambda row: row["registration_id"] == registration_id and row["state"] == "planned"):
        statement.notify(channel)
        return [{"pg_notify": ""}]
    return []
