"""Records that could not be decoded or handled: kept byte for byte, looked at, replayed, expired, and erased with their key."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord

from shared.contracts.topics import TOPICS, Topic
from shared.runtime.database import Connection
from shared.runtime.records import Item

_KEY_LOCK = 0xDEAD
"""The class of the advisory locks between setting a record of a key aside and erasing the key; the object is the key."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that was set aside. `topic` is without the prefix; times are real time; `reason` repeats no value of the record."""

    id: int
    topic: str
    partition: int
    offset: int
    record_time: datetime
    record_key: bytes | None
    key: UUID | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    event_id: UUID | None
    type: str | None
    sequence: int | None
    reason: str
    recorded_at: datetime
    replayed_at: datetime | None

    def record(self) -> ConsumerRecord:
        """The record as it was read."""
        return ConsumerRecord(
            topic=self.topic,
            partition=self.partition,
            offset=self.offset,
            timestamp=int(self.record_time.timestamp() * 1000),
            timestamp_type=0,
            key=self.record_key,
            value=self.value,
            checksum=None,
            serialized_key_size=-1,
            serialized_value_size=-1,
            headers=self.headers,
        )

    @property
    def table_row(self) -> Topic:
        """The topic's row in the topic table."""
        return next(topic for topic in TOPICS if topic.name == self.topic)


async def store(connection: Connection, topic: Topic, item: Item, *, reason: str) -> None:
    """Set a record aside, as part of the transaction of its batch. A record that is there already stays as it is."""
    record = item.record
    await connection.execute(
        """
        INSERT INTO dead_letters
            (topic, partition, record_offset, record_time, record_key, key, value, headers, event_id, type, sequence, reason, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, clock_timestamp())
        ON CONFLICT ON CONSTRAINT dead_letters_once DO NOTHING
        """,
        topic.name,
        record.partition,
        record.offset,
        datetime.fromtimestamp(max(record.timestamp, 0) / 1000, tz=UTC),
        record.key,
        item.key,
        record.value,
        [[name, base64.b64encode(value or b"").decode("ascii")] for name, value in record.headers],
        item.event_id,
        item.type,
        item.sequence,
        reason,
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """Which letters are meant; what is None does not matter. `since` and `until` (real time, aware) say when they were set aside."""

    topic: str | None = None
    type: str | None = None
    reason: str | None = None
    """A part of the reason's text, in any case."""
    key: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY = Sought()
"""All of them."""

_SOUGHT = """
    ($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR type = $2) AND ($3::text IS NULL OR strpos(lower(reason), lower($3)) > 0)
    AND ($4::uuid IS NULL OR key = $4) AND ($5::timestamptz IS NULL OR recorded_at >= $5) AND ($6::timestamptz IS NULL OR recorded_at < $6)
"""


async def list_(
    connection: Connection, sought: Sought = EVERY, *, replayed: bool = False, after: int = 0, limit: int = 100
) -> list[DeadLetter]:
    """Letters in order of id, those already replayed only if asked for."""
    rows = await connection.fetch(
        f"SELECT * FROM dead_letters WHERE {_SOUGHT} AND id > $7 AND ($8 OR replayed_at IS NULL) ORDER BY id LIMIT $9",  # noqa: S608  # a fragment of our own, no values
        *_values(sought),
        after,
        replayed,
        limit,
    )
    return [_letter(row) for row in rows]


async def waiting(connection: Connection, sought: Sought) -> list[int]:
    """The ids of letters that were not replayed, in their order."""
    rows = await connection.fetch(
        f"SELECT id FROM dead_letters WHERE {_SOUGHT} AND replayed_at IS NULL ORDER BY id",  # noqa: S608  # as above
        *_values(sought),
    )
    return [row["id"] for row in rows]


def _values(sought: Sought) -> tuple[Any, ...]:
    return sought.topic, sought.type, sought.reason, sought.key, sought.since, sought.until


async def show(connection: Connection, letter_id: int) -> DeadLetter | None:
    """One letter with all its bytes, or None."""
    row = await connection.fetchrow("SELECT * FROM dead_letters WHERE id = $1", letter_id)
    return _letter(row) if row else None


async def lock(connection: Connection, letter_id: int) -> DeadLetter | None:
    """As `show`, and nobody else replays or erases it until the transaction ends."""
    row = await connection.fetchrow("SELECT * FROM dead_letters WHERE id = $1 FOR UPDATE", letter_id)
    return _letter(row) if row else None


async def mark_replayed(connection: Connection, letter_id: int) -> None:
    """The letter was handled after all."""
    await connection.execute("UPDATE dead_letters SET replayed_at = clock_timestamp() WHERE id = $1", letter_id)


async def count(connection: Connection) -> int:
    """Letters that wait for somebody."""
    return int(await connection.fetchval("SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL"))


async def lock_key(connection: Connection, key: UUID) -> None:
    """Until the transaction ends, let nobody else set records of this key aside, replay them, or erase it.

    Whoever comes second then sees what the first has committed: an erasure finds the letter, or the record is known to be of an erased key.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _KEY_LOCK, str(key))


async def delete_for_key(connection: Connection, key: UUID) -> int:
    """Delete what is kept of a key, as part of its erasure. Returns how many letters there were."""
    await lock_key(connection, key)
    return _affected(await connection.execute("DELETE FROM dead_letters WHERE key = $1", key))


async def expire(connection: Connection, *, older_than: timedelta, limit: int = 10_000) -> int:
    """Delete letters that were set aside longer ago than this, the oldest first, at most `limit` at once. Returns how many."""
    status = await connection.execute(
        """
        DELETE FROM dead_letters WHERE id = ANY(ARRAY(
            SELECT id FROM dead_letters WHERE recorded_at < statement_timestamp() - $1::interval ORDER BY recorded_at LIMIT $2
        ))
        """,
        older_than,
        limit,
    )
    return _affected(status)


def _affected(status: str) -> int:
    return int(status.rpartition(" ")[2])


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        record_time=row["record_time"],
        record_key=row["record_key"],
        key=row["key"],
        value=row["value"],
        headers=tuple((name, base64.b64decode(value)) for name, value in row["headers"]),
        event_id=row["event_id"],
        type=row["type"],
        sequence=row["sequence"],
        reason=row["reason"],
        recorded_at=row["recorded_at"],
        replayed_at=row["replayed_at"],
    )
