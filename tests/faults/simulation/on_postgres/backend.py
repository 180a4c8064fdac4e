"""Real databases, one for each service, and a watch that sees which statements wait for a lock."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from shared.runtime.database import connect
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.on_postgres.connection import GatedConnection, GatedPool
from tests.faults.simulation.process import Happening, Process
from tests.faults.simulation.scheduler import Scheduler
from tests.faults.simulation.settings import BEGINNING, SERVICE, WORKSHOP_ID, workshop

TABLES = {
    "registration": "workshops, registrations, participants, answers, audit_log, outbox, outbox_sequences, inbox, dead_letters",
    "listening": "effects, outbox, outbox_sequences, inbox, dead_letters",
}
_WATCH = """
    SELECT pid, true AS waits FROM pg_locks WHERE NOT granted
    UNION ALL SELECT pid, false FROM pg_stat_activity WHERE pid = ANY($1)
"""


class Server:
    """One database: connections that are free, those at work, and those that end."""

    def __init__(self, url: str, backend: "PostgresBackend") -> None:
        self._settings = SERVICE.model_copy(update={"database_url": type(SERVICE.database_url)(url)})
        self._backend = backend
        self._free: list[asyncpg.Connection] = []
        self._all: list[asyncpg.Connection] = []

    async def take(self) -> asyncpg.Connection:
        """A connection that nobody uses."""
        while self._free:
            if not (found := self._free.pop()).is_closed():
                return found
        with self._backend.busy(None):
            self._all.append(await connect(self._settings, application_name="simulation"))
        return self._all[-1]

    def give_back(self, real: asyncpg.Connection) -> None:
        """It may be used again, unless something is still under way on it."""
        if real.is_in_transaction() or self._backend.works(real):
            self.drop(real)
        elif not real.is_closed():
            self._free.append(real)

    def drop(self, real: asyncpg.Connection) -> None:
        """Cut it off; the server notices."""
        if not real.is_closed():
            self._backend.leaving.add(real.get_server_pid())
            real.terminate()

    def busy(self, real: asyncpg.Connection) -> contextlib.AbstractContextManager[None]:
        """While the server works for somebody."""
        return self._backend.busy(real)

    async def close(self) -> None:
        """Close everything that was opened."""
        for connection in self._all:
            await connection.close(timeout=5)
        self._all.clear()
        self._free.clear()


class PostgresBackend:
    """Databases that stay from run to run, emptied before each. `urls` by service."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._servers = {service: Server(url, self) for service, url in urls.items()}

    def begin(self, scheduler: Scheduler, _now: Callable[[], datetime]) -> None:
        self.leaving: set[int] = set()
        self._scheduler = scheduler
        self._at_work: list[int | None] = []
        self._waiting: set[int] = set()
        self._ended = 0
        self._look: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[bool] | None = None
        self._watch: asyncpg.Connection | None = None
        self._own: list[GatedConnection] = []
        scheduler.io = self._io

    async def set_scene(self, capacity: int) -> None:
        for service, tables in TABLES.items():
            connection = await self._servers[service].take()
            await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            self._servers[service].give_back(connection)
        connection = await self._servers["registration"].take()
        await connection.execute(
            "INSERT INTO workshops (id, state, version, definition, starts_at, ends_at, created_at, updated_at)"
            " VALUES ($1, 'open', 1, $2, $3, $4, $3, $3)",
            WORKSHOP_ID,
            workshop(capacity),
            BEGINNING,
            BEGINNING + timedelta(days=60),
        )
        self._watch = connection

    async def end(self) -> None:
        """Connections belong to the loop of the run."""
        for task in (self._look, self._probe):
            if task is not None:
                await asyncio.wait([task])
        for server in self._servers.values():
            await server.close()

    def pool(self, process: Process, service: str) -> GatedPool:
        return GatedPool(self._servers[service], process)

    async def connect(self, process: Process, service: str) -> GatedConnection:
        server = self._servers[service]
        self._own.append(GatedConnection(server, process, await server.take()))
        return self._own[-1]

    def listen(self, service: str, callback: Callable[[str], None]) -> None:
        """Nobody is told: a notification only shortens a wait, and time passes quickly here."""

    def strikes(self) -> list[Happening]:
        what = "gives up a relay's connection"
        return [("the database", what, connection.sever) for connection in self._own if not connection.severed]

    def is_published(self, service: str) -> bool:
        if self._probe is None:
            self._probe = self._scheduler.loop.create_task(self._ask_outbox(service))
            return False
        if not self._probe.done():
            return False
        published, self._probe = self._probe.result(), None
        return published

    async def _ask_outbox(self, service: str) -> bool:
        return not await self._query(service, "SELECT id FROM outbox WHERE published_at IS NULL LIMIT 1")

    def seen(self, _service: str, _table: str) -> None:
        return None

    def changes(self) -> int:
        return 0

    async def rows(self, service: str, table: str) -> list[Row]:
        return [dict(row) for row in await self._query(service, f"SELECT * FROM {table}")]  # noqa: S608 - our own tables

    async def _query(self, service: str, sql: str) -> list[Any]:
        connection = await self._servers[service].take()
        with self.busy(connection):
            rows: list[Any] = await connection.fetch(sql)
        self._servers[service].give_back(connection)
        return rows

    @contextlib.contextmanager
    def busy(self, real: asyncpg.Connection | None) -> Iterator[None]:
        """While the server works for somebody, the scheduler waits; unless all that it works at wait for locks."""
        pid = None if real is None else real.get_server_pid()
        self._at_work.append(pid)
        try:
            yield
        finally:
            self._at_work.remove(pid)
            self._waiting.clear()  # whoever waited may go on: to be looked at anew
            self._ended += 1

    def works(self, real: asyncpg.Connection) -> bool:
        """Whether something is under way on a connection."""
        return not real.is_closed() and real.get_server_pid() in self._at_work

    def _io(self) -> float | None:
        if not self.leaving and set(self._at_work) <= self._waiting:
            return None
        if self._look is None or self._look.done():
            self._look = self._scheduler.loop.create_task(self._look_around())
        return 0.02

    async def _look_around(self) -> None:
        """Which connections wait for a lock, and which of those that were cut off are still there."""
        if self._watch is None:
            return
        asked, ended = set(self.leaving), self._ended
        rows = await self._watch.fetch(_WATCH, list(asked))
        waiting = {row["pid"] for row in rows if row["waits"]}
        gone = asked - ({row["pid"] for row in rows if not row["waits"]} - waiting)
        self.leaving -= gone
        # Whoever waited for one that ended or left since the question may be at work: what was seen is out of date.
        self._waiting = set() if gone or self._ended != ended else waiting
