"""Defects of publishing: an outbox row beside the transaction, and relays without a leader."""

from collections.abc import Callable, Sequence
from typing import Any

import asyncpg

from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.patching import Undo, wrap

_SHARED_OUT = """
    SELECT id, event_id, topic, key, type, source, occurred_at, correlation_id, traceparent, tombstone, payload
    FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED
"""


def _outbox_outside_the_transaction() -> Sequence[Undo]:
    """Events are written over a connection of their own, and committed before the change that they tell of."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        async def publish(connection: Any, events: Any, **more: Any) -> Any:
            beside = await _another(connection)
            try:
                async with beside.transaction():
                    return await original(beside, events, **more)
            finally:
                await beside.close()

        return publish

    return [wrap("shared.runtime.outbox:publish", make, needs=("connection", "events"))]


async def _another(connection: Any) -> asyncpg.Connection:
    """A second connection to the same database. The product keeps no address where a connection is used, so the driver is asked."""
    host, port = connection._addr
    used = connection._params
    return await asyncpg.connect(host=host, port=port, user=used.user, password=used.password, database=used.database)


def _no_leader() -> Sequence[Undo]:
    """Every relay leads; they share the rows out among themselves by skipping those that another has locked."""

    def make_holds_lock(_original: Callable[..., Any]) -> Callable[..., Any]:
        async def holds_lock(_self: Any, _connection: Any) -> bool:
            return True

        return holds_lock

    def make_unpublished(_original: Callable[..., Any]) -> Callable[..., Any]:
        async def unpublished(_self: Any, connection: Any) -> Any:
            await connection.execute("BEGIN")
            rows = await connection.fetch(_SHARED_OUT)
            if not rows:
                await connection.execute("ROLLBACK")
            return rows

        return unpublished

    def make_mark(original: Callable[..., Any]) -> Callable[..., Any]:
        async def mark(self: Any, connection: Any, rows: Any) -> None:
            await original(self, connection, rows)
            await connection.execute("COMMIT")

        return mark

    relay = "shared.runtime.relay:Relay"
    return [
        wrap(f"{relay}._holds_lock", make_holds_lock, needs=("connection",)),
        wrap(f"{relay}._unpublished", make_unpublished, needs=("connection",)),
        wrap(f"{relay}._mark", make_mark, needs=("connection", "rows")),
    ]


DEFECTS = (
    Defect("outbox-outside-transaction", "outbox row written outside the transaction", "registration-web", _outbox_outside_the_transaction),
    Defect("relay-without-leader", "relay without leader", "registration-worker", _no_leader, instances=2),
)
