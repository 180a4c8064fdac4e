"""Deadlocks, serialization failures and locks that are not to be had: provoked from outside, on rows that the product locks."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator

import asyncpg

from deploy.embedded.databases import SERVICES
from tests.faults.matrix.databases import connections, inside, terminate
from tests.faults.matrix.durations import log_uniform
from tests.faults.matrix.fault import Struck
from tests.faults.matrix.stage import Stage

SECOND_LOCK = {
    "registration": "LOCK TABLE workshops IN EXCLUSIVE MODE",
    "notifications": "LOCK TABLE inbox IN SHARE MODE",
    "certificates": "LOCK TABLE inbox IN SHARE MODE",
}
"""What a service's transaction has locked already when it comes to a row of `registrations`: the workshop, or its inbox."""
AS_THEY_ARE = """
    UPDATE registrations SET workshop_id = workshop_id WHERE ctid IN (SELECT ctid FROM registrations FOR NO KEY UPDATE SKIP LOCKED)
"""
PATIENCE = 12.0
"""Seconds in which a transaction of the product's should run into the lock."""
PAUSE = 0.02
LONGEST = 8.0


async def deadlock(stage: Stage, chance: random.Random) -> Struck:
    """A stranger locks rows, and then what the service has locked on its way to them. The service's transaction is the one to fall."""
    service = chance.choice(SERVICES)
    before = stage.servers.postgres_log_size
    busy, deadline = await stage.until_in_flight(service), time.monotonic() + PATIENCE
    tries = 0
    while time.monotonic() < deadline and not stage.servers.postgres_said("deadlock detected", after=before):
        tries += 1
        await _provoke(stage, service, until=deadline)
    detected = stage.servers.postgres_said("deadlock detected", after=before)
    return Struck(busy and detected > 0, f"{service}, {detected} detected in {tries} tries", part=service)


async def _provoke(stage: Stage, service: str, *, until: float) -> None:
    async with inside(stage, service) as stranger, inside(stage, service) as observer:
        await stranger.execute("SET deadlock_timeout = '1min'")  # it never looks itself, so that the other one is ended
        own = stranger.get_server_pid()
        transaction = stranger.transaction()
        await transaction.start()
        try:
            await _lock_until_somebody_waits(stranger, observer, own, until)
            with contextlib.suppress(asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
                await stranger.execute("SET LOCAL lock_timeout = '3s'")
                await stranger.execute(SECOND_LOCK[service])
        finally:
            await transaction.rollback()


async def _lock_until_somebody_waits(stranger: asyncpg.Connection, observer: asyncpg.Connection, own: int, until: float) -> None:
    for_us = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND $1 = ANY(pg_blocking_pids(pid)))"
    while time.monotonic() < until:
        # Those who have come since as well: what happens next is mostly about them. FOR UPDATE would wait for transactions that hold
        # such a row and then for us: those are left out.
        await stranger.execute("SELECT 1 FROM registrations FOR UPDATE SKIP LOCKED")
        if await observer.fetchval(for_us, own):
            return
        await asyncio.sleep(PAUSE)


async def serialization_failures(stage: Stage, chance: random.Random) -> Struck:
    """Transactions see one moment only, as if somebody had set the server so, and fail where another changed what they change.

    A stranger writes rows anew, as they are, so that there is always somebody who did.
    """
    service = chance.choice(SERVICES)
    busy, before = await stage.until_in_flight(service), stage.servers.postgres_log_size
    until, patience = time.monotonic() + log_uniform(chance, 3, LONGEST), time.monotonic() + PATIENCE

    def failed() -> int:
        return stage.servers.postgres_said("could not serialize access", after=before)

    async with inside(stage, service) as stranger, _set(stage, service, "default_transaction_isolation", "repeatable read"):
        while time.monotonic() < until or (time.monotonic() < patience and not failed()):
            async with stranger.transaction(isolation="read_committed"):
                await stranger.execute(AS_THEY_ARE)
                await asyncio.sleep(chance.uniform(0.02, 0.2))
            await asyncio.sleep(chance.uniform(0.01, 0.1))
    return Struck(busy and failed() > 0, f"{service}, {failed()} transactions failed", part=service)


async def lock_not_available(stage: Stage, chance: random.Random) -> Struck:
    """Statements wait a moment only, while a stranger holds the rows again and again."""
    service = chance.choice(SERVICES)
    busy, before = await stage.until_in_flight(service), stage.servers.postgres_log_size
    async with _set(stage, service, "lock_timeout", "50ms"), inside(stage, service) as stranger:
        deadline, rounds = time.monotonic() + PATIENCE, chance.randint(3, 8)
        while rounds > 0 or (time.monotonic() < deadline and not stage.servers.postgres_said("due to lock timeout", after=before)):
            rounds -= 1
            async with stranger.transaction():
                await stranger.execute("SELECT 1 FROM registrations FOR UPDATE SKIP LOCKED")
                await stranger.execute("SELECT 1 FROM workshops FOR UPDATE SKIP LOCKED")
                await asyncio.sleep(chance.uniform(0.2, 1.5))
            await asyncio.sleep(chance.uniform(0.05, 0.5))
    failed = stage.servers.postgres_said("due to lock timeout", after=before)
    return Struck(busy and failed > 0, f"{service}, {failed} statements gave up", part=service)


@contextlib.asynccontextmanager
async def _set(stage: Stage, service: str, name: str, value: str) -> AsyncIterator[None]:
    """A setting for everybody's new connections to the service's database; those that are there are ended, before and after."""
    async with inside(stage, service) as administrator:
        database = await administrator.fetchval("SELECT quote_ident(current_database())")
        await administrator.execute(f"ALTER DATABASE {database} SET {name} = '{value}'")
        try:
            await terminate(administrator, await connections(administrator, [service]))
            yield
        finally:
            await administrator.execute(f"ALTER DATABASE {database} RESET {name}")
            await terminate(administrator, await connections(administrator, [service]))
