"""Events on their way: from the outbox to Kafka, and from Kafka into another service's database, each beside a bare loop."""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.fill import outbox
from bench.limits import running
from bench.measures.growth import MOST as MOST_GROWTH
from bench.memory import Peak
from bench.processor_time import seconds
from bench.program import Spent, run
from bench.result import Result, median, median_ratio
from bench.size import Size
from bench.stand import Stand
from bench.usage import Usage, Watch
from shared.runtime.migrations import migrate

LEAST_RELAYED, LEAST_CONSUMED, LEAST_RATE = 0.5, 0.5, 5000.0
PARTITIONS = 12
SIZE = 500
"""Bytes of the bare limit's records: about those of ours."""
WITHIN = 1800.0
LOOK_EACH, PART = 0.5, 0.05
"""Seconds between two looks; but looking takes at most this part of the time."""
RESTING, REST_WITHIN = 0.02, 60.0
"""A worker rests once it used at most so many processor seconds between two looks."""
MOST_MEMORY = 1.5
"""Times as much as with the events of one round."""


@dataclass(frozen=True)
class Passage:
    """So many events, and what the worker needed for them.

    `seconds` passed by the database's own clock from when the first were noted to when the last were, `timed` events were noted between.
    `cpu` is in processor seconds, `everywhere` with those of PostgreSQL and Kafka, both without what the worker's start alone costs;
    `peak` in MiB.
    """

    events: int
    timed: int
    seconds: float
    cpu: float
    everywhere: float
    peak: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.timed / self.seconds


async def measure(stand: Stand, size: Size) -> list[Result]:
    """The workers of registration and certificates by turns, all else stopped."""
    for process in reversed(stand.system.processes()):
        await process.stop()
    relayed, produced, consumed, bare = [], [], [], []
    idle = {service: await _start_alone(stand, service, size.rounds) for service in ("registration", "certificates")}
    few_relayed, few_consumed = [], []
    for _ in range(size.rounds):
        events = await outbox.fill(stand.database("registration"), uuid.uuid4(), size.people_told_few)
        few_relayed.append(await _passage(stand, idle, "registration", "published_at", "outbox", events))
        few_consumed.append(await _passage(stand, idle, "certificates", "processed_at", "inbox", events))
    for _ in range(size.rounds):
        events = await outbox.fill(stand.database("registration"), uuid.uuid4(), size.people_told)
        relayed.append(await _passage(stand, idle, "registration", "published_at", "outbox", events))
        consumed.append(await _passage(stand, idle, "certificates", "processed_at", "inbox", events))
        topic = f"limit-{uuid.uuid4().hex[:8]}"
        await _create(stand.servers.kafka, topic)
        at = ["--kafka", stand.servers.kafka, "--topic", topic, "--records", str(events)]
        produced.append(await run("bench.limits.produce", [*at, "--size", str(SIZE)]))
        async with running.database(stand.servers.database_url) as url:
            await migrate("certificates", url)
            bare.append(await run("bench.limits.consume", [*at, "--database", url]))
    return [
        _result("relay.throughput", "registration", relayed, produced, LEAST_RELAYED, 0.0, "of a bare idempotent producer"),
        _result("consume.throughput", "certificates", consumed, bare, LEAST_CONSUMED, LEAST_RATE, "of a bare loop with the same inserts"),
        *await _catch_up(stand, idle, size.catch_up_events // outbox.EVENTS_EACH, consumed, few_relayed, few_consumed),
    ]


async def _catch_up(
    stand: Stand,
    idle: Mapping[str, Usage],
    people: int,
    consumed: Sequence[Passage],
    few_relayed: Sequence[Passage],
    few_consumed: Sequence[Passage],
) -> list[Result]:
    """A worker that was away while very much happened, and how much more each event costs then than when next to nothing had."""
    events = await outbox.fill(stand.database("registration"), uuid.uuid4(), people)
    relayed = await _passage(stand, idle, "registration", "published_at", "outbox", events)
    caught_up = await _passage(stand, idle, "certificates", "processed_at", "inbox", events)
    before = max(one.peak for one in consumed)
    result = Result(
        name="consume.catch_up",
        value=round(caught_up.seconds, 1),
        unit="s",
        goal=f"memory at most {MOST_MEMORY:g} times that of {consumed[0].events:,} events",
        met=caught_up.peak <= MOST_MEMORY * before,
        cpu_ms=round(caught_up.cpu * 1000 / events, 4),
        beside={
            "events_per_s": round(caught_up.rate),
            "peak_mib": round(caught_up.peak, 1),
            "peak_before_mib": round(before, 1),
            "relay_seconds": round(relayed.seconds, 1),
            "relay_peak_mib": round(relayed.peak, 1),
        },
        note=f"{events:,} events, once, by one worker of certificates that was away; memory (PSS) of the worker and its children",
    )
    return [
        result,
        _growth("growth.relay", few_relayed, relayed, idle["registration"]),
        _growth("growth.consume", few_consumed, caught_up, idle["certificates"]),
    ]


def _growth(name: str, few: Sequence[Passage], many: Passage, start: Usage) -> Result:
    among_few = median([one.everywhere * 1000 / one.events for one in few])
    cost = many.everywhere * 1000 / many.events
    return Result(
        name=name,
        value=round(cost / among_few, 2),
        unit="times",
        goal=f"at {many.events:,} at most {MOST_GROWTH:g} times as much as at {few[0].events:,}",
        met=cost <= MOST_GROWTH * among_few,
        cpu_ms=round(cost, 4),
        beside={
            "cpu_ms_among_few": round(among_few, 4),
            "rounds_among_few": len(few),
            "cpu_ms_subtracted_among_few": round(start.atelier * 1000 / few[0].events, 4),
            "cpu_ms_subtracted_among_many": round(start.atelier * 1000 / many.events, 4),
        },
        note=(
            "processor time of one event, of the worker, PostgreSQL and Kafka, without the worker's start; among many once, and they are "
            "the events of half as many people"
        ),
    )


def _result(name: str, service: str, passages: Sequence[Passage], bare: Sequence[Spent], ratio: float, rate: float, of: str) -> Result:
    rates, limits = [one.rate for one in passages], [one.rate for one in bare]
    found = median_ratio(rates, limits)
    return Result(
        name=name,
        value=round(median(rates)),
        unit="events/s",
        goal=(f"at least {rate:.0f}/s and " if rate else "at least ") + f"{ratio:.0%} {of}",
        met=found >= ratio and median(rates) >= rate,
        rounds=rates,
        limit=round(median(limits)),
        limit_rounds=limits,
        ratio=round(found, 3),
        least_ratio=ratio,
        cpu_ms=round(median([one.cpu * 1000 / one.events for one in passages]), 4),
        note=f"{passages[0].events} events a round, by one worker of {service}",
    )


async def _start_alone(stand: Stand, service: str, rounds: int) -> Usage:
    """What it costs that a worker starts and finds nothing to do, until it rests: the median round."""
    worker, found = stand.system.process(f"{service}-worker"), []
    for _ in range(rounds):
        watch = Watch({process.name: process.pid for process in stand.servers.processes()})
        await worker.start(within=300)
        try:
            await _until_it_rests(service, worker.pid)
            watch.follow(service, worker.pid)
            found.append(watch.stop())
        finally:
            await worker.stop()
    return sorted(found, key=lambda usage: usage.atelier)[len(found) // 2]


async def _until_it_rests(service: str, pid: int) -> None:
    """A start takes a while longer than the first events: whoever stops earlier has not seen all of what a start alone costs."""
    deadline, before, now = time.monotonic() + REST_WITHIN, -1.0, 0.0
    while now - before > RESTING:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{service}'s worker does not rest")
        await asyncio.sleep(LOOK_EACH)
        before, now = now, seconds({service: pid})[service]


async def _passage(stand: Stand, idle: Mapping[str, Usage], service: str, column: str, table: str, events: int) -> Passage:
    """Start a worker and stop it once it has passed so many events on."""
    worker = stand.system.process(f"{service}-worker")
    connection = await asyncpg.connect(stand.database(service))
    try:
        began = await connection.fetchval("SELECT clock_timestamp()")
        deadline = time.monotonic() + WITHIN
        watch = Watch({process.name: process.pid for process in stand.servers.processes()})
        await worker.start(within=300)
        watch.follow(service, worker.pid)
        with Peak(worker.pid) as peak:
            passed = 0
            while passed < events:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{service} has passed {passed} of {events} events on")
                looked = time.monotonic()
                passed = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {column} > $1", began)  # noqa: S608 - our own names
                await asyncio.sleep(max(LOOK_EACH, (time.monotonic() - looked) / PART))
        await _until_it_rests(service, worker.pid)
        usage = watch.stop()
        first, last, noted = await connection.fetchrow(
            f"""
            WITH found AS MATERIALIZED (SELECT {column} AS at FROM {table} WHERE {column} > $1),
                 ends AS (SELECT min(at), max(at) FROM found)
            SELECT e.min, e.max, (SELECT count(*) FROM found WHERE at = e.min) FROM ends e
            """,  # noqa: S608 - names of our own
            began,
        )
    finally:
        await worker.stop()
        await connection.close()
    took, start = (last - first).total_seconds(), idle[service]
    cpu, everywhere = usage.by_process[service] - start.by_process[service], usage.atelier - start.atelier
    return Passage(passed, passed - noted, took, cpu, everywhere, peak.mib)


async def _create(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1)])
    finally:
        await admin.close()
