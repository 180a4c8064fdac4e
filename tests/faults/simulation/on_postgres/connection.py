"""Real connections behind a gate."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self

import asyncpg

from tests.faults.simulation.in_memory.twins import describe
from tests.faults.simulation.process import Process

if TYPE_CHECKING:
    from tests.faults.simulation.on_postgres.backend import Server


class GatedConnection:
    """A process's connection: each statement and each commit waits to be let on."""

    def __init__(self, server: "Server", process: Process, real: asyncpg.Connection) -> None:
        self.real = real
        self.severed = False
        self._server, self._process = server, process
        process.connections.append(self)

    async def execute(self, sql: str, *values: Any) -> str:
        result: str = await self._run(self.real.execute, sql, values)
        return result

    async def fetch(self, sql: str, *values: Any) -> Any:
        return await self._run(self.real.fetch, sql, values)

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        return await self._run(self.real.fetchrow, sql, values)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        return await self._run(self.real.fetchval, sql, values)

    def transaction(self) -> "GatedTransaction":
        return GatedTransaction(self, self._server)

    def add_termination_listener(self, callback: Any) -> None:
        self.real.add_termination_listener(callback)

    async def close(self, **_patience: float) -> None:
        self.sever()

    def sever(self) -> None:
        if not self.severed:
            self.severed = True
            self._server.drop(self.real)

    async def gate(self, what: str) -> None:
        """Wait to be let on."""
        await self._process.point(what, severable=self)
        if self.severed:
            raise asyncpg.InterfaceError("connection is closed")

    async def _run(self, method: Any, sql: str, values: Any) -> Any:
        await self.gate(describe(sql))
        with self._server.busy(self.real):
            return await method(sql, *values)


class GatedTransaction:
    """A transaction or savepoint; only the commit of a transaction is a step of its own."""

    def __init__(self, connection: GatedConnection, server: "Server") -> None:
        self._connection, self._server = connection, server

    async def start(self) -> None:
        connection = self._connection
        if connection.severed:
            raise asyncpg.InterfaceError("connection is closed")
        self._savepoint = connection.real.is_in_transaction()
        self._real = connection.real.transaction()
        with self._server.busy(connection.real):
            await self._real.start()

    async def commit(self) -> None:
        connection = self._connection
        if not self._savepoint:
            await connection.gate("commits")
        with self._server.busy(connection.real):
            await self._real.commit()
        if not self._savepoint:
            await connection.gate("hears that it is committed")

    async def rollback(self) -> None:
        if not self._connection.severed:
            with self._server.busy(self._connection.real):
                await self._real.rollback()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            await self.commit()
        else:
            await self.rollback()


class GatedPool:
    """Real connections, each for one use."""

    def __init__(self, server: "Server", process: Process) -> None:
        self._server, self._process = server, process

    def is_closing(self) -> bool:
        """Pool's. It is never closed: a process ends otherwise."""
        return False

    @contextlib.asynccontextmanager
    async def acquire(self, **_patience: float) -> AsyncIterator[GatedConnection]:
        connection = GatedConnection(self._server, self._process, await self._server.take())
        try:
            yield connection
        finally:
            if not connection.severed:
                connection.severed = True
                self._server.give_back(connection.real)
