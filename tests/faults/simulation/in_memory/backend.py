"""Databases in memory, one for each service."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.faults.simulation.in_memory import schema
from tests.faults.simulation.in_memory.connection import MemoryConnection, MemoryPool
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.process import Happening, Process
from tests.faults.simulation.scheduler import Scheduler
from tests.faults.simulation.settings import BEGINNING, WORKSHOP_ID, recorded_workshop, workshop


class MemoryBackend:
    """New and empty for each run."""

    def begin(self, _scheduler: Scheduler, now: Callable[[], datetime]) -> None:
        self.databases = {name: make(now) for name, make in schema.DATABASES.items()}
        self._own: list[MemoryConnection] = []

    async def set_scene(self, capacity: int) -> None:
        counts = {"capacity": capacity, "confirmed_count": 0, "waiting_count": 0, "last_number": 0}
        row = {"id": WORKSHOP_ID, "slug": "simulated", "state": "open", "ends_at": BEGINNING + timedelta(days=60)}
        self.databases["registration"].plant("workshops", row | counts | {"definition": workshop(capacity)})

    def plant_workshop_for_mails(self) -> None:
        """An open workshop as notifications knows it, about which nothing is to be planned."""
        row = {"workshop_id": WORKSHOP_ID, "version": 1, "state": "open", "recorded_at": BEGINNING, "record": recorded_workshop()}
        plans = {"agenda_stale": False, "agenda_digest": None, "spread_pending": False, "cancelled_by": None}
        self.databases["notifications"].plant("workshops", row | plans)

    async def end(self) -> None:
        """Nothing is left."""

    def pool(self, process: Process, service: str) -> MemoryPool:
        return MemoryPool(lambda: self._connect(process, service))

    def connect(self, process: Process, service: str) -> MemoryConnection:
        self._own.append(self._connect(process, service))
        return self._own[-1]

    def _connect(self, process: Process, service: str) -> MemoryConnection:
        async def gate(what: str, connection: MemoryConnection) -> None:
            await process.point(what, severable=connection)

        connection = MemoryConnection(self.databases[service], gate)
        process.connections.append(connection)
        return connection

    def listen(self, service: str, callback: Callable[[str], None]) -> None:
        self.databases[service].listeners.append(callback)

    def strikes(self) -> list[Happening]:
        what = "gives up a relay's connection, which does not notice"
        return [("the database", what, connection.sever) for connection in self._own if not connection.severed]

    def is_published(self, service: str) -> bool:
        return all(row["published_at"] for row in self.databases[service].rows("outbox"))

    def seen(self, service: str, table: str) -> list[Row]:
        return self.databases[service].rows(table)

    def changes(self) -> int:
        return sum(database.commits for database in self.databases.values())

    async def rows(self, service: str, table: str) -> list[Row]:
        return self.seen(service, table)
