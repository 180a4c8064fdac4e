"""Twins of the statements of outbox, relay, inbox and dead letters."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import columns, twin


@twin("INSERT INTO outbox_sequences AS s", says="numbers the facts of each key", digest="0e424379")
def number_facts(statement: Statement, topics: Sequence[str], keys: Sequence[UUID], counts: Sequence[int]) -> list[Row]:
    rows = []
    for topic, key, count in zip(topics, keys, counts, strict=True):
        new = {"topic": topic, "key": key, "last": count}
        before = statement.in_the_way("outbox_sequences", new)
        row = statement.insert("outbox_sequences", new) if before is None else _further(statement, before, count)
        rows.append(row)
    return rows


def _further(statement: Statement, before: Row, count: int) -> Row:
    return statement.update("outbox_sequences", before, last=before["last"] + count)


@twin("INSERT INTO outbox (event_id, topic", says="writes the events into the outbox", digest="9854a300")
def insert_events(statement: Statement, *values: Any) -> list[Row]:
    *columns_of_each, source, now, channel = values
    names = ("event_id", "topic", "key", "type", "sequence", "tombstone", "payload", "correlation_id", "traceparent")
    for new in zip(*columns_of_each, strict=True):
        row = {"id": statement.database.number("outbox"), "source": source, "occurred_at": now, "published_at": None}
        statement.insert("outbox", row | dict(zip(names, new, strict=True)))
    return notify(statement, [channel])


@twin("SELECT pg_notify($1, '')", says="asks that a job be woken", digest="0194202f")
def notify_one(statement: Statement, channel: str) -> list[Row]:
    return notify(statement, [channel])


@twin("SELECT pg_notify(channel, '') FROM unnest", says="asks that jobs be woken", digest="4a6c190d")
def notify(statement: Statement, channels: Sequence[str]) -> list[Row]:
    for channel in channels:
        statement.notify(channel)
    return [{"pg_notify": ""} for _ in channels]


@twin("SELECT pg_try_advisory_lock($1)", says="tries to become the leader", digest="96724ea1")
def try_to_lead(statement: Statement, lock: int) -> list[Row]:
    return [{"pg_try_advisory_lock": statement.database.session_locks.setdefault(lock, statement.session) is statement.session}]


@twin("FROM outbox WHERE published_at IS NULL ORDER BY id", says="reads what is to be published", digest="eaf5fc2b")
def read_unpublished(statement: Statement, limit: int) -> list[Row]:
    rows = statement.rows("outbox", lambda row: row["published_at"] is None)
    return sorted(rows, key=lambda row: row["id"])[:limit]


@twin("UPDATE outbox SET published_at = clock_timestamp()", says="marks what the broker confirmed", digest="14b747fe")
def mark_published(statement: Statement, ids: Sequence[int]) -> int:
    return len(statement.update_where("outbox", lambda row: row["id"] in ids, published_at=statement.now, payload=None))


@twin("FROM outbox WHERE tombstone AND published_at BETWEEN", says="looks for tombstones to repeat", digest="abec65ba")
def read_tombstones(statement: Statement, bound: timedelta, at: datetime, after: int, limit: int) -> list[Row]:
    oldest, newest = statement.now - bound, statement.now - bound / 16

    def due(row: Row) -> bool:
        published = row["published_at"]
        return row["tombstone"] and published is not None and oldest <= published <= newest and (published, row["id"]) > (at, after)

    return sorted(statement.rows("outbox", due), key=lambda row: (row["published_at"], row["id"]))[:limit]


@twin("DELETE FROM outbox WHERE id = ANY(ARRAY(", says="clears the outbox of what is old", digest="8abee41a")
def trim_outbox(statement: Statement, age: timedelta) -> int:
    before = statement.now - age
    return statement.delete_where("outbox", lambda row: row["published_at"] is not None and row["published_at"] < before)


@twin("INSERT INTO inbox", says="enters the events into the inbox", digest="213c8ba5")
def enter_inbox(statement: Statement, topic: str, *new: Sequence[Any]) -> list[Row]:
    fresh = []
    for event_id, key, event_type, sequence in zip(*new, strict=True):
        row = {"event_id": event_id, "topic": topic, "key": key, "type": event_type, "sequence": sequence, "processed_at": statement.now}
        if statement.in_the_way("inbox", row) is None:
            fresh.append(columns(statement.insert("inbox", row), "event_id"))
    return fresh


@twin("SET CONSTRAINTS ALL IMMEDIATE", says="has the constraints checked", digest="11bd9041")
def check_constraints(_statement: Statement) -> None:
    """Nothing is deferred here."""


@twin("INSERT INTO dead_letters", says="sets a record aside", digest="a8ee289c")
def store_dead_letter(statement: Statement, *values: Any) -> int:
    names = ("topic", "partition", "record_offset", "record_time", "record_key", "key", "value", "headers", "event_id", "type", "sequence")
    row = dict(zip((*names, "reason"), values, strict=True)) | {"recorded_at": statement.now, "replayed_at": None}
    row["id"] = statement.database.number("dead_letters")
    if statement.in_the_way("dead_letters", row, of="dead_letters_once") is not None:
        return 0
    statement.insert("dead_letters", row)
    return 1


@twin("SELECT pg_advisory_xact_lock($1, hashtext($2))", says="takes the lock of a name", digest="089ea282")
def lock_name(statement: Statement, kind: int, name: str) -> list[Row]:
    statement.transaction.advise((kind, name))
    return [{"pg_advisory_xact_lock": ""}]


@twin("DELETE FROM dead_letters WHERE key = $1", says="deletes the dead letters of the key", digest="f63c5766")
def delete_dead_letters(statement: Statement, key: UUID) -> int:
    return statement.delete_where("dead_letters", lambda row: row["key"] == key)
