"""Twins of the statements that claim messages and let them go."""

from collections.abc import Callable, Collection, Sequence
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
    """KNOWN and FIRST: whether a message may leave, by what the statement sees of other rows."""

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


@twin("WITH chosen AS MATERIALIZED", "m.rank < 3 AND", says="claims messages that facts caused", digest="105ef3e1")
def claim_facts(statement: Statement, limit: int, lease: float) -> list[Row]:
    return _claim(statement, limit, lease, lambda row: row["rank"] < REMINDER, lambda row: (row["due_at"], row["rank"], row["sequence"]))


@twin("WITH chosen AS MATERIALIZED", "m.rank = 3 AND m.due_at <= $3 AND", says="claims reminders", digest="1496edb4")
def claim_reminders(statement: Statement, limit: int, lease: float, now: datetime) -> list[Row]:
    return _claim(statement, limit, lease, lambda row: row["rank"] == REMINDER and row["due_at"] <= now, lambda row: row["due_at"])


@twin("WHERE state = 'claimed' AND lease_until < clock_timestamp()", says="frees claims that have expired", digest="55d28e86")
def free_expired_claims(statement: Statement) -> int:
    now = statement.now
    rows = statement.lock("messages", lambda row: row["state"] == "claimed" and row["lease_until"] < now)
    for row in rows:
        statement.update("messages", row, state="planned", lease_until=None, fence=row["fence"] + 1)
    return len(rows)


def _mine(message_id: UUID, fence: int, *states: str) -> Callable[[Row], bool]:
    return lambda row: row["message_id"] == message_id and row["fence"] == fence and row["state"] in states


def _any_of(message_ids: Sequence[UUID], fences: Sequence[int], *states: str) -> Callable[[Row], bool]:
    claims = set(zip(message_ids, fences, strict=True))
    return lambda row: (row["message_id"], row["fence"]) in claims and row["state"] in states


def _by_id(row: Row) -> UUID:
    message_id: UUID = row["message_id"]
    return message_id


@twin("WITH wanted AS MATERIALIZED", says="locks what nobody else has locked", digest="b96877ff")
def lock_free(statement: Statement, message_ids: Collection[UUID]) -> list[Row]:
    wanted = statement.rows("messages", lambda row: row["message_id"] in message_ids)
    of_wanted = {row["registration_id"] for row in wanted}
    there = {row["registration_id"] for row in statement.rows("registrations", lambda row: row["registration_id"] in of_wanted)}
    people = {
        row["registration_id"] for row in statement.lock("registrations", lambda row: row["registration_id"] in of_wanted, skip_locked=True)
    }
    mails = {row["message_id"] for row in statement.lock("messages", lambda row: row["message_id"] in message_ids, skip_locked=True)}
    return [columns(row, "message_id") for row in wanted if row["message_id"] not in mails or row["registration_id"] in there - people]


@twin("SELECT m.message_id, m.fence, m.registration_id", "FOR NO KEY UPDATE OF m", says="locks its claimed messages", digest="3a6682fc")
def hold(statement: Statement, message_ids: Sequence[UUID], fences: Sequence[int]) -> list[Row]:
    rows = statement.lock("messages", _any_of(message_ids, fences, "claimed"), order=_by_id)
    return [columns(row, "message_id", "fence", "registration_id") for row in rows]


@twin(
    "SELECT m.message_id FROM messages m WHERE m.message_id = ANY($1) AND",
    says="looks whether the messages may still leave",
    digest="0acdfc20",
)
def may_leave(statement: Statement, message_ids: Collection[UUID]) -> list[Row]:
    leaves = ready(statement)
    return [columns(row, "message_id") for row in statement.rows("messages", lambda row: row["message_id"] in message_ids) if leaves(row)]


@twin("not_before = CASE WHEN $3 > 0", says="gives messages back", digest="bd413154")
def release(statement: Statement, message_ids: Sequence[UUID], fences: Sequence[int], wait: float) -> int:
    rows = statement.lock("messages", _any_of(message_ids, fences, "claimed", "sending", "uncertain"))
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


@twin("SET state = 'sending', language = c.language", says="marks messages as being sent", digest="978aa481")
def start_sending(statement: Statement, message_ids: Sequence[UUID], fences: Sequence[int], languages: Sequence[str], lease: float) -> int:
    until, language_of = statement.now + timedelta(seconds=lease), dict(zip(message_ids, languages, strict=True))
    rows = statement.lock("messages", _any_of(message_ids, fences, "claimed"))
    for row in rows:
        statement.update("messages", row, state="sending", language=language_of[row["message_id"]], lease_until=until)
    return len(rows)


@twin(
    "UPDATE registrations SET agenda_digest = NULL WHERE registration_id = ANY($1)",
    says="has registrations planned again",
    digest="549e75c6",
)
def plan_again(statement: Statement, registration_ids: Collection[UUID]) -> int:
    return len(statement.update_where("registrations", lambda row: row["registration_id"] in registration_ids, agenda_digest=None))


@twin("SELECT pg_notify($3, '') WHERE EXISTS", says="asks that the next message be looked at", digest="013161d8")
def wake_for_following(statement: Statement, registration_ids: Collection[UUID], now: datetime, channel: str) -> list[Row]:
    def waits(row: Row) -> bool:
        return row["registration_id"] in registration_ids and row["state"] == "planned" and (row["rank"] < REMINDER or row["due_at"] <= now)

    if statement.rows("messages", waits):
        statement.notify(channel)
        return [{"pg_notify": ""}]
    return []
