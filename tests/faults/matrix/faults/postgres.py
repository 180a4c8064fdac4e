"""PostgreSQL that dies, stays away, has no connections or no room left, or ends connections."""

import asyncio
import contextlib
import random

import asyncpg

from deploy.embedded.databases import SERVICES
from tests.faults.matrix import volume
from tests.faults.matrix.databases import connections, terminate
from tests.faults.matrix.durations import log_uniform
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.faults.locks import deadlock, lock_not_available, serialization_failures
from tests.faults.matrix.stage import Stage

SHORTEST_OUTAGE = 2.0
LONGEST_SHORTAGE = 10.0
LONGEST_FULL = 8.0
LONGEST_OUTAGE = 60.0
ROUNDS = 5


async def killed(stage: Stage, _chance: random.Random) -> Struck:
    """kill -9 of the postmaster and all it has started, and started again at once: it recovers from its log."""
    busy = await stage.until_in_flight()
    await stage.servers.kill_postgres()
    await stage.servers.start_postgres()
    return Struck(busy)


async def away(stage: Stage, chance: random.Random) -> Struck:
    """Gone for seconds, or for a minute where the plan allows it."""
    seconds = log_uniform(chance, SHORTEST_OUTAGE, min(stage.longest_outage, LONGEST_OUTAGE))
    busy = await stage.until_in_flight()
    await stage.servers.kill_postgres()
    try:
        await asyncio.sleep(seconds)
    finally:
        await stage.servers.start_postgres()
    return Struck(busy, f"for {seconds:.0f} s")


async def out_of_connections(stage: Stage, chance: random.Random) -> Struck:
    """Strangers hold every connection there is; the services' own are ended and cannot be opened again."""
    seconds = log_uniform(chance, 1, LONGEST_SHORTAGE)
    busy = await stage.until_in_flight()
    before = stage.servers.postgres_log_size
    async with stage.servers.hold_connections() as held, stage.servers.administrator() as administrator:
        ended = 0
        for _ in range(ROUNDS):
            ended += await terminate(administrator, await connections(administrator, SERVICES))
            await asyncio.sleep(seconds / ROUNDS)
    refused = stage.servers.postgres_said("remaining connection slots are reserved", after=before)
    return Struck(busy and refused > 0, f"{held} connections held, {ended} ended, {refused} refused")


async def volume_full(stage: Stage, chance: random.Random) -> Struck:
    """Not a page is left for tables, and none for the log of changes, without which PostgreSQL gives up until there is room."""
    room = stage.servers.volume
    if room is None:
        raise RuntimeError("PostgreSQL's data has no volume of its own here")
    seconds = log_uniform(chance, 1, LONGEST_FULL)
    busy = await stage.until_in_flight()
    before = stage.servers.postgres_log_size
    await asyncio.to_thread(room.fill)
    try:
        if chance.random() < 0.5:
            await _use_up_the_log(stage)
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(room.empty)
        await stage.servers.start_postgres()
    refused = stage.servers.postgres_said("No space left on device", after=before)
    gave_up = stage.servers.postgres_said("PANIC", after=before)
    return Struck(busy and refused > 0, f"{refused} writes refused, {gave_up} times PostgreSQL gave up")


async def _use_up_the_log(stage: Stage) -> None:
    """Go through the log's files that are there already, until it needs a new one."""
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        async with stage.servers.administrator() as administrator:
            for _ in range(40):
                await administrator.execute("SELECT pg_logical_emit_message(false, 'matrix', ''), pg_switch_wal()")


async def connections_ended(stage: Stage, chance: random.Random) -> Struck:
    """Any of the services' connections, again and again, those in the middle of something first."""
    busy, ended = await stage.until_in_flight(), 0
    async with stage.servers.administrator() as administrator:
        for _ in range(chance.randint(3, 20)):
            there = await connections(administrator, SERVICES, ("web", "worker"))
            ended += await terminate(administrator, there[: chance.randint(1, 5)])
            await asyncio.sleep(chance.uniform(0.01, 0.3))
    return Struck(busy and ended > 0, f"{ended} ended")


async def relay_ended(stage: Stage, chance: random.Random) -> Struck:
    """The connection by which a service's relay leads: its lock is free, and it can neither read nor mark any more."""
    return await _end_one(stage, chance.choice(SERVICES), "relay", times=chance.randint(1, 4))


async def listener_ended(stage: Stage, chance: random.Random) -> Struck:
    """The connection by which a worker hears that there is something to do."""
    return await _end_one(stage, chance.choice(SERVICES), "listener", times=chance.randint(1, 4))


async def _end_one(stage: Stage, service: str, part: str, *, times: int) -> Struck:
    busy, ended = await stage.until_in_flight(service), 0
    async with stage.servers.administrator() as administrator:
        for _ in range(times):
            ended += await terminate(administrator, await connections(administrator, [service], [part]))
            await asyncio.sleep(0.4)  # the first comes back within this time, and is ended too
    return Struck(busy and ended > 0, f"{service}, {ended} times", part=service)


FAULTS = (
    Fault("PostgreSQL killed", "postgres", killed),
    Fault("PostgreSQL away", "postgres", away, cheap=False),
    Fault("PostgreSQL out of connections", "postgres", out_of_connections),
    Fault("PostgreSQL's volume full", "postgres", volume_full, needs=volume.why_not),
    Fault("deadlock", "postgres", deadlock),
    Fault("serialization failures", "postgres", serialization_failures),
    Fault("lock not to be had in time", "postgres", lock_not_available),
    Fault("database connections ended", "postgres", connections_ended),
    Fault("relay's database connection ended", "postgres", relay_ended),
    Fault("listening database connection ended", "postgres", listener_ended),
)
