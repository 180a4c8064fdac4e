"""A process that falls silent in the middle of a transaction does not hold up the others."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.embedded.ports import LOOPBACK
from shared.runtime.database import Pool, create_pool, transient
from shared.runtime.settings import ServiceSettings
from tests.faults.matrix.link import Link

LOCK = "SELECT pg_advisory_xact_lock(4711)"


async def test_a_silent_transaction_gives_its_locks_back(database_settings: ServiceSettings, pool: Pool) -> None:
    address = urlsplit(database_settings.dsn)
    async with Link("silent", (address.hostname or LOOPBACK, address.port or 5432)) as link:
        through = urlunsplit(address._replace(netloc=f"{address.netloc.rpartition('@')[0]}@{LOOPBACK}:{link.port}"))
        settings = ServiceSettings(environment="development", database_url=through, database_command_timeout=0.5)
        silent = await create_pool(settings, application_name="silent")
        connection = await silent.acquire()
        await connection.transaction().start()
        await connection.execute(LOCK)
        link.stall()
        async with pool.acquire() as other, other.transaction():
            await other.execute(LOCK, timeout=15)
        link.clean()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)) as failure:
            await use(connection)
        assert transient(failure.value)
        silent.terminate()


async def use(connection: asyncpg.pool.PoolConnectionProxy) -> None:
    """Until it fails: the end that the server has made may still be on its way."""
    while True:
        await connection.execute("SELECT 1")
