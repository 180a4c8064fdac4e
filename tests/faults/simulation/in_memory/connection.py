"""Connections to a database in memory, with as much of asyncpg's interface as the product uses."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Self

import asyncpg

from tests.faults.simulation.in_memory import schema  # noqa: F401 - brings the twins
from tests.faults.simulation.in_memory.database import Database
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.transaction import BlockedError, Transaction
from tests.faults.simulation.in_memory.twins import Result, find_twin

Gate = Callable[[str, "MemoryConnection"], Awaitable[None]]
"""Waits until the task may go on; is told what it is about to do."""


async def open_gate(_what: str, _connection: "MemoryConnection") -> None:
    """Nobody decides."""


class TwinFailedError(BaseException):
    """A twin has a fault. No code of the product catches it."""


class MemoryConnection:
    """One connection. Its server side ends with `sever`, as when the client was killed or the network cut."""

    def __init__(self, database: Database, gate: Gate = open_gate) -> None:
        self.database = database
        self.transaction_now: Transaction | None = None
        self.severed = False
        self.waits_for: set[Transaction] = set()
        self._gate = gate
        self._lost: list[Callable[[Any], None]] = []

    async def execute(self, sql: str, *values: Any) -> str:
        result = await self._run(sql, values)
        count = result if isinstance(result, int) else len(result or ())
        return f"{sql.split(maxsplit=1)[0].upper()} {count}"

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        for values in rows:
            await self._run(sql, values)

    async def fetch(self, sql: str, *values: Any) -> list[Row]:
        result = await self._run(sql, values)
        assert isinstance(result, list), sql
        return result

    async def fetchrow(self, sql: str, *values: Any) -> Row | None:
        return next(iter(await self.fetch(sql, *values)), None)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        row = await self.fetchrow(sql, *values)
        return None if row is None else next(iter(row.values()))

    def transaction(self) -> "MemoryTransaction":
        return MemoryTransaction(self)

    def add_termination_listener(self, callback: Callable[[Any], None]) -> None:
        self._lost.append(callback)

    async def close(self, **_patience: float) -> None:
        self.sever()

    def sever(self) -> None:
        """The server rolls back and frees what this connection held."""
        self.severed = True
        if self.transaction_now is not None and not self.transaction_now.over:
            self.transaction_now.roll_back()
        self.transaction_now = None
        for lock, holder in list(self.database.session_locks.items()):
            if holder is self:
                del self.database.session_locks[lock]

    def notice(self) -> None:
        """The client hears that the connection is gone."""
        for callback in self._lost:
            callback(self)

    async def gate(self, what: str) -> None:
        """Wait to be let on.

        Raises:
            asyncpg.InterfaceError: the connection is gone.
        """
        await self._gate(what, self)
        if self.severed:
            raise asyncpg.InterfaceError("connection is closed")

    async def _run(self, sql: str, values: Sequence[Any]) -> Result:
        twin = find_twin(sql)
        await self.gate(twin.says)
        transaction = self.transaction_now
        if transaction is None:
            transaction = Transaction(self.database)
            try:
                result = await self._until_done(transaction, twin.run, values)
            except BaseException:
                transaction.roll_back()
                raise
            transaction.commit()
            return result
        if transaction.failed:
            raise asyncpg.InFailedSQLTransactionError("current transaction is aborted")
        try:
            return await self._until_done(transaction, twin.run, values)
        except Exception:
            transaction.failed = True
            raise

    async def _until_done(self, transaction: Transaction, run: Callable[..., Result], values: Sequence[Any]) -> Result:
        statement, mark = Statement(self.database, transaction, self), transaction.mark
        while True:
            try:
                return run(statement, *values)
            except BlockedError as blocked:
                transaction.roll_back_to(mark)
                self.waits_for = blocked.holders
                try:
                    await transaction.wait_for(blocked.holders)
                finally:
                    self.waits_for = set()
            except asyncpg.PostgresError:
                transaction.roll_back_to(mark)
                raise
            except Exception as error:
                raise TwinFailedError(run) from error
            if self.severed:
                raise asyncpg.InterfaceError("connection was closed in the middle of operation")


class MemoryTransaction:
    """A transaction, or a savepoint inside one."""

    def __init__(self, connection: MemoryConnection) -> None:
        self._connection = connection
        self._mark: int | None = None

    async def start(self) -> None:
        connection = self._connection
        if connection.severed:
            raise asyncpg.InterfaceError("connection is closed")
        if connection.transaction_now is None:
            connection.transaction_now = Transaction(connection.database)
        else:
            self._mark = connection.transaction_now.mark

    async def commit(self) -> None:
        connection = self._connection
        if self._mark is not None:
            return
        await connection.gate("commits")
        transaction = connection.transaction_now
        assert transaction is not None
        connection.transaction_now = None
        if transaction.failed:
            transaction.roll_back()
            return
        transaction.commit()
        await connection.gate("hears that it is committed")

    async def rollback(self) -> None:
        connection = self._connection
        transaction = connection.transaction_now
        if transaction is None:
            return
        if self._mark is not None:
            transaction.roll_back_to(self._mark)
            transaction.failed = False
            return
        transaction.roll_back()
        connection.transaction_now = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            await self.commit()
        else:
            await self.rollback()


class MemoryPool:
    """Hands out connections, each for one use."""

    def __init__(self, connect: Callable[[], MemoryConnection]) -> None:
        self._connect = connect

    def is_closing(self) -> bool:
        """Pool's. It is never closed: a process ends otherwise."""
        return False

    @contextlib.asynccontextmanager
    async def acquire(self, **_patience: float) -> AsyncIterator[MemoryConnection]:
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.sever()
