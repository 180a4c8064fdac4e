"""What a process says of itself: alive, ready, and in figures. Asking never waits long for what is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import REGISTRY, CollectorRegistry, Gauge, generate_latest

from shared.runtime import dead_letter_rows
from shared.runtime.clock import Clock
from shared.runtime.database import Connection, Pool
from shared.runtime.failures import describe, transient
from shared.runtime.lag import LagMonitor, LagUnknownError
from shared.runtime.rebuild_tables import is_being_rebuilt
from shared.runtime.schema_version import schema_serves
from shared.runtime.telemetry import get_logger

log = get_logger(__name__)

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ANSWER_WITHIN = 3.0
"""Seconds for a plain question to the database, a new connection included."""
_GAUGES_WITHIN = 2.0
"""Seconds for one group of gauges."""
_LONG = 0.25
"""Seconds. What is counted faster is counted each time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One gauge's value, such as `Reading("atelier_mails", "Mails by state", 3, {"state": "sent"})`."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


Gauges = Callable[[Connection, datetime], Awaitable[Sequence[Reading]]]
"""A service's own gauges, read from its database at business time when somebody asks for metrics."""


def seldom(gauges: Gauges) -> Gauges:
    """The same gauges, for those that count all rows of a table: what took long to read is not read again for a hundred times as long.

    So that counting never takes more than a hundredth of a connection's time, however many rows there are, and however often metrics are
    asked for.
    """
    last: Sequence[Reading] = ()
    good_until = 0.0

    async def read(connection: Connection, now: datetime) -> Sequence[Reading]:
        nonlocal last, good_until
        began = time.monotonic()
        if began >= good_until:
            last = await gauges(connection, now)
            took = time.monotonic() - began
            good_until = began + 100 * took if took > _LONG else 0.0
        return last

    return read


async def database_problem(pool: Pool, service: str) -> str | None:
    """What keeps the database from being used, or None: it is away, or its schema is not this code's."""
    try:
        async with asyncio.timeout(3.0), pool.acquire() as connection:
            if not await schema_serves(connection, service):
                return "schema is older than this version"
            if await is_being_rebuilt(connection):
                return "the database is being rebuilt, or a rebuild was broken off"
    except Exception as error:  # noqa: BLE001  # readiness reports whatever it is
        return f"database: {describe(error)}"
    return None


async def readings(pool: Pool, clock: Clock, gauges: Gauges | None, lag: LagMonitor | None) -> list[Reading]:
    """All gauges there are at this moment.

    What cannot be read is left out and logged. `atelier_up` says whether database and broker answer, whatever became of single gauges.
    """
    found: list[Reading] = []
    answers = await _database_answers(pool)
    for name, read in {"outbox": _outbox, "dead_letters": _dead_letters, "service": gauges}.items():
        if read is None or not answers:
            continue
        try:
            async with asyncio.timeout(_GAUGES_WITHIN), pool.acquire() as connection:
                found += await read(connection, clock.now())
        except Exception as error:  # noqa: BLE001  # one gauge that fails must not hide the others
            log.warning("gauges_left_out", gauges=name, error=describe(error))
            # A slow or faulty query is no outage. Only what may be one is worth asking again.
            answers = not transient(error) or await _database_answers(pool)
    found.append(_up("database", answers=answers))
    if lag is not None:
        try:
            for topic, records in (await lag.measure()).items():
                found.append(Reading("atelier_consumer_lag", "Records not yet processed", records, {"topic": topic}))
            found.append(_up("broker", answers=True))
        except LagUnknownError as error:
            log.warning("gauges_left_out", gauges="lag", error=str(error))
            found.append(_up("broker", answers=False))
    return found


async def _database_answers(pool: Pool) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN), pool.acquire() as connection:
            await connection.execute("SELECT 1")
    except Exception as error:  # noqa: BLE001  # metrics must be served while the database is away
        log.warning("database_does_not_answer", error=describe(error))
        return False
    return True


async def _outbox(connection: Connection, now: datetime) -> Sequence[Reading]:
    row = await connection.fetchrow(
        """
        SELECT count(*) AS depth, coalesce(extract(epoch FROM $1 - min(occurred_at)), 0) AS age
        FROM outbox WHERE published_at IS NULL
        """,
        now,
    )
    return [
        Reading("atelier_outbox_depth", "Events not yet published", row["depth"]),
        Reading("atelier_outbox_age_seconds", "Age of the oldest event not yet published", max(0.0, float(row["age"]))),
    ]


async def _dead_letters(connection: Connection, _now: datetime) -> Sequence[Reading]:
    return [Reading("atelier_dead_letters", "Records set aside and not replayed", await dead_letter_rows.count(connection))]


def _up(part: str, *, answers: bool) -> Reading:
    return Reading("atelier_up", "Whether a part this process needs answers", int(answers), {"part": part})


def exposition(found: Sequence[Reading]) -> bytes:
    """Prometheus's text format: this process's counters, and the gauges given."""
    registry = CollectorRegistry()
    made: dict[str, Gauge] = {}
    for reading in found:
        if reading.name not in made:
            made[reading.name] = Gauge(reading.name, reading.help, list(reading.labels), registry=registry)
        gauge = made[reading.name]
        (gauge.labels(**reading.labels) if reading.labels else gauge).set(reading.value)
    return generate_latest(REGISTRY) + generate_latest(registry)
