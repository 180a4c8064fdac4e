"""A service's storage: in memory, or in a real database. The same tests must pass on both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from pydantic import SecretStr

from shared.runtime.database import connect
from shared.runtime.settings import ServiceSettings
from tests.faults.simulation.in_memory.connection import MemoryConnection
from tests.faults.simulation.in_memory.database import Database
from tests.faults.simulation.in_memory.rows import Row


@dataclass
class Store:
    """Opens connections, says whether one of them waits for a lock that another holds, and reads whole tables as committed."""

    open_one: Callable[[], Awaitable[Any]]
    waits: Callable[[], Awaitable[bool]]
    rows: Callable[[str], Awaitable[list[Row]]]
    opened: list[Any] = field(default_factory=list)

    async def connect(self) -> Any:
        self.opened.append(await self.open_one())
        return self.opened[-1]

    async def close(self) -> None:
        for connection in self.opened:
            await connection.close()


def in_memory(database: Database) -> Store:
    store: Store

    async def open_one() -> MemoryConnection:
        return MemoryConnection(database)

    async def waits() -> bool:
        return any(connection.waits_for for connection in store.opened)

    async def rows(table: str) -> list[Row]:
        return database.rows(table)

    store = Store(open_one, waits, rows)
    return store


async def on_postgres(url: str) -> Store:
    settings = ServiceSettings(environment="development", database_url=SecretStr(url))
    watch: asyncpg.Connection = await connect(settings, application_name="watch")

    async def open_one() -> asyncpg.Connection:
        return await connect(settings, application_name="contract")

    async def waits() -> bool:
        return bool(
            await watch.fetchval(
                """
                SELECT EXISTS (
                    SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()
                )
                """
            )
        )

    async def rows(table: str) -> list[Row]:
        return [dict(row) for row in await watch.fetch(f"SELECT * FROM {table}")]  # noqa: S608 - our own tables

    store = Store(open_one, waits, rows)
    store.opened.append(watch)
    return store
