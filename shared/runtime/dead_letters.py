"""Dead letters as operators and services use them; above all replaying one, with what overtook it shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.runtime.batch import Batch
from shared.runtime.consumption import Consumers
from shared.runtime.database import Connection
from shared.runtime.dead_letter_rows import (
    EVERY,
    DeadLetter,
    Sought,
    count,
    delete_for_key,
    expire,
    list_,
    lock,
    lock_key,
    mark_replayed,
    show,
    store,
    waiting,
)
from shared.runtime.records import Unreadable, read
from shared.runtime.row_changes import RowChanges, TableChange

__all__ = [
    "EVERY",
    "DeadLetter",
    "LaterFact",
    "ReplayError",
    "Replayed",
    "Sought",
    "count",
    "delete_for_key",
    "expire",
    "list_",
    "rehearse",
    "replay",
    "show",
    "store",
    "waiting",
]


class ReplayError(Exception):
    """The letter cannot be replayed; nothing was changed."""


@dataclass(frozen=True, slots=True)
class LaterFact:
    """A later fact of the same key that was applied while the letter lay aside."""

    event_id: UUID
    type: str
    sequence: int
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a letter: `outcome` is handled, repeated, ignored or erased; `later` is None where it cannot be known.

    `changes` is told by a rehearsal only: what the letter's record would change, inbox and outbox included.
    """

    letter_id: int
    outcome: str
    later: tuple[LaterFact, ...] | None
    changes: tuple[TableChange, ...] = ()


async def replay(connection: Connection, letter_id: int, consumers: Consumers, *, now: datetime) -> Replayed:
    """Run a letter's bytes through its handler in one transaction, and mark it replayed.

    Args:
        connection: without or with an open transaction.
        letter_id: of the letter.
        consumers: the handlers of the service whose letter it is.
        now: business time.

    Raises:
        ReplayError: there is no such letter, it was replayed before, or it still cannot be read.
        Exception: what the handler raised; the letter stays as it was.
    """
    async with connection.transaction():
        replayed = await _apply(connection, letter_id, consumers, now=now)
        await mark_replayed(connection, letter_id)
    return replayed


async def rehearse(connection: Connection, letter_id: int, consumers: Consumers, *, now: datetime) -> Replayed:
    """Do what `replay` does, say what it would change, and take it back. Each letter as if it were the only one.

    Numbers drawn meanwhile stay drawn: ids may have gaps afterwards. Nothing else remains.

    Raises:
        CountsUnknownError: the server does not count changes.
        Exception: as `replay`.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        counting = await RowChanges.begin(connection)
        replayed = await _apply(connection, letter_id, consumers, now=now)
        return Replayed(replayed.letter_id, replayed.outcome, replayed.later, await counting.so_far(connection))
    finally:
        await transaction.rollback()


async def _apply(connection: Connection, letter_id: int, consumers: Consumers, *, now: datetime) -> Replayed:
    await _lock_key_of(connection, letter_id)
    letter = await lock(connection, letter_id)
    if letter is None:
        raise ReplayError(f"there is no dead letter {letter_id}")
    if letter.replayed_at is not None:
        raise ReplayError(f"dead letter {letter_id} was replayed at {letter.replayed_at.isoformat()}")
    topic = letter.table_row
    item = read(topic, letter.record())
    if item is None or isinstance(item, Unreadable):
        raise ReplayError(f"dead letter {letter_id} still cannot be read: {item.reason if item else 'a heartbeat'}")
    later = await _later(connection, letter.topic, item.key, item.sequence)
    batch = Batch(consumers, topic, now=now)
    await batch.alone(connection, item)
    return Replayed(letter_id, next(iter(batch.outcomes)), later)


async def _lock_key_of(connection: Connection, letter_id: int) -> None:
    """Before the letter's own row, as an erasure does: it holds the key, and then deletes the letters."""
    letter = await show(connection, letter_id)
    if letter is not None and letter.key is not None:
        await lock_key(connection, letter.key)


async def _later(connection: Connection, topic: str, key: UUID, sequence: int | None) -> tuple[LaterFact, ...] | None:
    if sequence is None:
        return None
    rows = await connection.fetch(
        "SELECT event_id, type, sequence, processed_at FROM inbox WHERE topic = $1 AND key = $2 AND sequence > $3 ORDER BY sequence",
        topic,
        key,
        sequence,
    )
    return tuple(LaterFact(row["event_id"], row["type"], row["sequence"], row["processed_at"]) for row in rows)
