"""The relay: sends outbox rows to Kafka in order of id. One process of a service leads, the others stand by."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from shared.contracts.envelope import CONTENT_TYPE, tombstone_headers
from shared.contracts.topics import TOPICS
from shared.runtime.database import connect
from shared.runtime.failures import describe
from shared.runtime.producer import create_producer, discard
from shared.runtime.records import HEARTBEAT
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import PUBLISHED, RETRIES, get_logger
from shared.runtime.tracing import HEADER, Role, is_recording, span, traceparent
from shared.runtime.waiting import Activity, Backoff, Stop

log = get_logger(__name__)

LEADER_LOCK = 0x52454C4159
BATCH = 1000
GATHER = 0.01
"""Seconds that a leader waits once woken: what is published meanwhile is read, sent, confirmed and marked together."""
CONFIRM_WITHIN = 15.0
"""Seconds in which the broker must confirm a batch, before the producer is thrown away."""
PROVEN_FOR = 2.0
"""Seconds for which a leader that has rows in hand may take it that it leads; then it asks the database again."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_CONTENT_TYPE = [("content-type", CONTENT_TYPE.encode())]


class LeadershipLostError(Exception):
    """The connection that holds the lock is gone: another process may lead already."""


class Relay:
    """Sends what a service has published, at least once and in order per key.

    The advisory lock, the reading and the marking share one connection: when it dies the lock is free, and this process can
    neither read nor mark any more. After a failed or late confirmation the producer is thrown away, and the next one begins at
    the lowest unpublished id.
    """

    def __init__(self, settings: ServiceSettings, *, service: str, wake: asyncio.Event, stop: Stop, activity: Activity) -> None:
        self._settings = settings
        self._service = service
        self._wake = wake
        self._stop = stop
        self._activity = activity
        self._following = {topic.name for topic in TOPICS if topic.owner == service and topic.follows}
        self._erasable = [topic for topic in TOPICS if topic.owner == service and topic.erasable]
        self._next_heartbeat = 0.0
        self._repeated: tuple[datetime, int] | None = None
        """The last tombstone of the present round of repeating them; None between two rounds."""
        self._next_trim = 0.0
        self._proven = 0.0
        """When it was last certain that the lock is held, in real time."""
        self.leading = False

    async def run(self) -> None:
        """Lead or stand by until told to stop."""
        backoff = Backoff(first=0.2, longest=10.0)
        while not self._stop.requested:
            connection = None
            try:
                connection = await connect(self._settings, application_name=f"{self._service}-relay")
                if await self._stand_by(connection):
                    await self._lead(connection, backoff)
            except Exception as error:  # noqa: BLE001  # whatever it was: new connection, new producer, lowest unpublished id
                RETRIES.labels("relay").inc()
                log.warning("relay_interrupted", attempt=backoff.attempts + 1, cause=describe(error))
                await self._stop.wait(backoff.next())
            finally:
                self.leading = False
                if connection is not None:
                    with suppress(Exception):
                        await connection.close(timeout=2.0)

    async def _stand_by(self, connection: asyncpg.Connection) -> bool:
        while not await self._holds_lock(connection):
            if await self._stop.wait(1.0):
                return False
        return True

    async def _holds_lock(self, connection: asyncpg.Connection) -> bool:
        """Take the lock, or find that this connection has it already."""
        self._proven = time.monotonic()
        held: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK)
        return held

    async def _lead(self, connection: asyncpg.Connection, backoff: Backoff) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        producer = create_producer(self._settings, client_id=f"{self._settings.topic_prefix}{self._service}-relay")
        try:
            async with asyncio.timeout(CONFIRM_WITHIN):
                await producer.start()
            self.leading = True
            log.info("relay_leads")
            while not self._stop.requested:
                self._wake.clear()  # before the look: what commits during it is looked for at once
                rows = await self._unpublished(connection)
                if rows:
                    await self._send(connection, producer, rows, lost)
                    backoff.reset()
                await self._heartbeat(producer, lost)
                await self._repeat_tombstones(connection, producer, lost)
                await self._trim(connection)
                if not rows:
                    await self._stop.wait_or(self._wake, 1.0)
                    if self._wake.is_set():
                        await self._stop.wait(GATHER)
        finally:
            await discard(producer)

    async def _unpublished(self, connection: asyncpg.Connection) -> list[Any]:
        self._proven = time.monotonic()  # the lock is gone with the connection, and so is the answer
        rows: list[Any] = await connection.fetch(
            """
            SELECT id, event_id, topic, key, type, source, occurred_at, correlation_id, traceparent, tombstone, payload
            FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1
            """,
            BATCH,
        )
        return rows

    async def _send(self, connection: asyncpg.Connection, producer: AIOKafkaProducer, rows: Sequence[Any], lost: asyncio.Event) -> None:
        """Send rows and mark those that the broker confirmed, up to the first that it did not."""
        confirmations: list[asyncio.Future[Any]] = []
        certain = 0
        try:
            async with asyncio.timeout(CONFIRM_WITHIN):
                for row in rows:
                    if row["topic"] in self._following and _others(rows[certain : len(confirmations)], row["topic"]):
                        # Brokers are independent: what is handed over to one later may be there before what another was to have.
                        await _confirmed(confirmations[certain:], lost)
                        certain = len(confirmations)
                    await self._insist_on_leading(connection, lost)
                    # In the context of what it comes from, so that nothing that watches the producer can put another in its place.
                    with span(f"publish {row['type']}", Role.PRODUCER, cause=row["traceparent"], attributes=_place(row)):
                        confirmations.append(await self._hand_over(producer, row))
                await _confirmed(confirmations, lost)
        finally:
            confirmed = 0
            for future in confirmations:
                if not future.done() or future.cancelled() or future.exception() is not None:
                    break
                confirmed += 1
            for future in confirmations[confirmed:]:
                if future.done() and not future.cancelled():
                    future.exception()  # read, so that it is not reported as forgotten
            if confirmed and not lost.is_set():
                await self._mark(connection, rows[:confirmed])

    async def _insist_on_leading(self, connection: asyncpg.Connection, lost: asyncio.Event) -> None:
        """A process that stood still with rows in hand may have been followed by another leader, which has sent newer ones.

        Raises LeadershipLostError, or what the dead connection raises.
        """
        late = time.monotonic() - self._proven > PROVEN_FOR
        if lost.is_set() or (late and not await self._holds_lock(connection)):
            raise LeadershipLostError

    async def _hand_over(self, producer: AIOKafkaProducer, row: Any) -> asyncio.Future[Any]:
        headers = _headers_of_tombstone(row) if row["tombstone"] else _CONTENT_TYPE
        if (trace := traceparent()) is not None:
            headers = [*headers, (HEADER, trace.encode("ascii"))]
        future: asyncio.Future[Any] = await producer.send(
            self._settings.topic_name(row["topic"]), value=row["payload"], key=str(row["key"]).encode("ascii"), headers=headers
        )
        return future

    async def _mark(self, connection: asyncpg.Connection, rows: Sequence[Any]) -> None:
        await connection.execute(
            "UPDATE outbox SET published_at = clock_timestamp(), payload = NULL WHERE id = ANY($1::bigint[])", [row["id"] for row in rows]
        )
        for row in rows:
            PUBLISHED.labels(row["topic"]).inc()
        self._activity.add(len(rows))

    async def _heartbeat(self, producer: AIOKafkaProducer, lost: asyncio.Event) -> None:
        """Append to every partition of the erasable topics: Kafka never compacts a partition that nobody writes to."""
        if not self._erasable or time.monotonic() < self._next_heartbeat:
            return
        async with asyncio.timeout(CONFIRM_WITHIN):
            confirmations = [
                await producer.send(
                    self._settings.topic_name(topic.name), value=b"", key=f"{HEARTBEAT}{partition}".encode("ascii"), partition=partition
                )
                for topic in self._erasable
                for partition in range(topic.partitions)
            ]
            await _confirmed(confirmations, lost)
        self._next_heartbeat = time.monotonic() + self._settings.erasure_bound_seconds / 8
        self._repeated = _LONG_AGO, 0

    async def _repeat_tombstones(self, connection: asyncpg.Connection, producer: AIOKafkaProducer, lost: asyncio.Event) -> None:
        """Send recent tombstones again, with each heartbeat, until the erasure's bound has passed.

        A record that an earlier producer had on its way, or an earlier leader in hand, may reach Kafka behind the tombstone of its key
        and would stay there for ever. What was sent just now is left for the next time.
        """
        if self._repeated is None:
            return
        rows = await connection.fetch(
            """
            SELECT id, event_id, topic, key, type, source, occurred_at, correlation_id, traceparent, tombstone, payload, published_at
            FROM outbox
            WHERE tombstone AND published_at BETWEEN statement_timestamp() - $1::interval AND statement_timestamp() - $1::interval / 16
                AND (published_at, id) > ($2, $3)
            ORDER BY published_at, id LIMIT $4
            """,
            timedelta(seconds=self._settings.erasure_bound_seconds),
            *self._repeated,
            BATCH,
        )
        if rows:
            async with asyncio.timeout(CONFIRM_WITHIN):
                await _confirmed([await self._hand_over(producer, row) for row in rows], lost)
        self._repeated = (rows[-1]["published_at"], rows[-1]["id"]) if len(rows) == BATCH else None

    async def _trim(self, connection: asyncpg.Connection) -> None:
        # The statement's time and not the clock's, which may differ from row to row, so that no index could be used; an array and not a
        # subquery, so that as many rows are looked up as are to go, and not all rows compared with them.
        if time.monotonic() < self._next_trim:
            return
        status = await connection.execute(
            """
            DELETE FROM outbox WHERE id = ANY(ARRAY(
                SELECT id FROM outbox WHERE published_at < statement_timestamp() - $1::interval ORDER BY published_at LIMIT 10000
            ))
            """,
            timedelta(days=self._settings.outbox_retention_days),
        )
        self._next_trim = time.monotonic() + (1.0 if status == "DELETE 10000" else 600.0)


def _others(rows: Sequence[Any], topic: str) -> bool:
    return any(row["topic"] != topic for row in rows)


def _place(row: Any) -> dict[str, str | int]:
    return {"messaging.destination.name": row["topic"], "atelier.key": str(row["key"])} if is_recording() else {}


def _headers_of_tombstone(row: Any) -> list[tuple[str, bytes]]:
    headers = tombstone_headers(
        event_id=row["event_id"], source=row["source"], event_type=row["type"], subject=row["key"], time=row["occurred_at"]
    )
    extensions = {"ce_correlationid": row["correlation_id"], "ce_traceparent": row["traceparent"]}
    return headers + [(name, value.encode()) for name, value in extensions.items() if value is not None]


async def _confirmed(confirmations: Sequence[asyncio.Future[Any]], lost: asyncio.Event) -> None:
    """Wait until the broker has confirmed everything. Raises the first failure, or that the leadership was lost meanwhile."""
    gone = asyncio.ensure_future(lost.wait())
    everything = asyncio.ensure_future(asyncio.wait(confirmations, return_when=asyncio.FIRST_EXCEPTION))
    try:
        await asyncio.wait([gone, everything], return_when=asyncio.FIRST_COMPLETED)
        if lost.is_set():
            raise LeadershipLostError
        for confirmation in confirmations:
            if confirmation.done():
                confirmation.result()
    finally:
        gone.cancel()
        everything.cancel()
