"""What every service's database says about its own publishing and consuming, whatever the service does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class Unpublished:
    """An outbox row that no broker has acknowledged."""

    event_id: UUID
    topic: str
    key: UUID
    type: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was set aside and not replayed since."""

    id: int
    topic: str
    partition: int
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """`sequences` is the last number given to the facts of a key, by (topic without prefix, key)."""

    service: str
    unpublished: Sequence[Unpublished]
    sequences: Mapping[tuple[str, UUID], int]
    dead_letters: Sequence[DeadLetter]


async def read_bookkeeping(connection: asyncpg.Connection, service: str) -> Bookkeeping:
    """Read the outbox, the sequences and the dead letters of one service."""
    unpublished = await connection.fetch("SELECT event_id, topic, key, type FROM outbox WHERE published_at IS NULL ORDER BY id")
    sequences = await connection.fetch("SELECT topic, key, last FROM outbox_sequences WHERE last > 0")
    dead_letters = await connection.fetch(
        "SELECT id, topic, partition, record_offset, reason FROM dead_letters WHERE replayed_at IS NULL ORDER BY id"
    )
    return Bookkeeping(
        service=service,
        unpublished=[Unpublished(**dict(row)) for row in unpublished],
        sequences={(row["topic"], row["key"]): row["last"] for row in sequences},
        dead_letters=[DeadLetter(row["id"], row["topic"], row["partition"], row["record_offset"], row["reason"]) for row in dead_letters],
    )
