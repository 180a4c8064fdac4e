"""Events of our own among those of the load, each timed from its commit in one service's database to its commit in another's.

The moment of commit is written nowhere: `occurred_at` of an outbox row comes before it, and `processed_at` of an inbox row before the
consumer's. So an event is put into the outbox by us: the database's clock is read in the last statement before COMMIT, and again by
whoever sees, from another session, that the consumer's transaction has committed. Both ends therefore count against us, by the flush of
the one commit and by the pause between two looks for the other.
"""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from itertools import cycle
from types import TracebackType
from typing import Self

import asyncpg

from bench import processor_time
from bench.stand import Stand
from shared.contracts.participants import ParticipantRecorded
from shared.runtime.outbox import publish

CONSUMERS = ("notifications", "certificates")
BETWEEN = 0.1
"""Seconds from one probe to the next: few beside the load."""
LOOK_EACH = 0.002
WITHIN = 30.0
SEEN = "SELECT clock_timestamp() FROM inbox WHERE event_id = $1"


class Probes:
    """`async with Probes(stand) as probes:` sends them until the end; `latencies` are seconds, by consumer.

    `served` are the processor seconds of the database server's processes that answered them: they count as the database server's.
    """

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._over = asyncio.Event()
        self._task: asyncio.Task[None]
        self.latencies: dict[str, list[float]] = {name: [] for name in CONSUMERS}
        self.served = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        await self._task

    async def _run(self) -> None:
        source = await asyncpg.connect(self._stand.database("registration"))
        consumers = [await asyncpg.connect(self._stand.database(service)) for service in CONSUMERS]
        try:
            for name, consumer in cycle(zip(CONSUMERS, consumers, strict=True)):
                committed, event_id = await _put(source)
                seen = await _until_seen(consumer, event_id)
                self.latencies[name].append((seen - committed).total_seconds())
                try:
                    await asyncio.wait_for(self._over.wait(), BETWEEN)
                except TimeoutError:
                    continue
                return
        finally:
            serving = {str(connection.get_server_pid()): connection.get_server_pid() for connection in (source, *consumers)}
            self.served = sum(processor_time.seconds(serving).values())
            for connection in (source, *consumers):
                await connection.close()


async def _put(connection: asyncpg.Connection) -> tuple[datetime, uuid.UUID]:
    """A record of somebody whom nobody knows; returns the last moment before its commit."""
    event = ParticipantRecorded(
        registration_id=uuid.uuid4(),
        workshop_id=uuid.uuid4(),
        version=1,
        given_name="Ana",
        family_name="Probe",
        certificate_name="Ana Probe",
        address="probe@sink.example",
        language="en",
        time_zone="Europe/Paris",
        personal_page="/my/probe",
    )
    async with connection.transaction():
        [event_id] = await publish(connection, [event], source="registration", now=datetime.now(UTC))
        committed: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return committed, event_id


async def _until_seen(connection: asyncpg.Connection, event_id: uuid.UUID) -> datetime:
    deadline = datetime.now(UTC) + timedelta(seconds=WITHIN)
    while True:
        seen: datetime | None = await connection.fetchval(SEEN, event_id)
        if seen is not None:
            return seen
        if datetime.now(UTC) > deadline:
            raise TimeoutError(f"an event was not consumed within {WITHIN:.0f} s")
        await asyncio.sleep(LOOK_EACH)


async def of_the_load(stand: Stand, consumer: str, since: datetime) -> list[float]:
    """Seconds from `occurred_at`, which is before the commit, to `processed_at`, of all events since a moment by the database's clock."""
    source, target = await asyncpg.connect(stand.database("registration")), await asyncpg.connect(stand.database(consumer))
    try:
        told = dict(await source.fetch("SELECT event_id, occurred_at FROM outbox WHERE occurred_at > $1", since))
        heard = await target.fetch("SELECT event_id, processed_at FROM inbox WHERE processed_at > $1", since)
    finally:
        await source.close()
        await target.close()
    return [(row["processed_at"] - told[row["event_id"]]).total_seconds() for row in heard if row["event_id"] in told]
