"""One service's database in memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from tests.faults.simulation.in_memory.rows import Cell, Row, Table
from tests.faults.simulation.in_memory.transaction import Transaction


class Database:
    """Tables, counters, advisory locks, and those who listen. `clock` is real time as the server sees it."""

    def __init__(self, tables: Sequence[Table], clock: Callable[[], datetime]) -> None:
        self.tables = {table.name: table for table in tables}
        self.clock = clock
        self.commits = 0
        self.counters: Counter[str] = Counter()
        self.advisory: dict[tuple[Any, ...], dict[Transaction, str]] = {}
        self.session_locks: dict[int, object] = {}
        self.listeners: list[Callable[[str], None]] = []

    def number(self, counter: str) -> int:
        """The next value of a counter. Like a sequence's, it is not given back."""
        self.counters[counter] += 1
        return self.counters[counter]

    def notify(self, channels: Iterable[str]) -> None:
        """Tell those who listen."""
        for channel in dict.fromkeys(channels):
            for listener in self.listeners:
                listener(channel)

    def rows(self, table: str) -> list[Row]:
        """A table as committed."""
        return list(self.tables[table].committed())

    def plant(self, table: str, row: Row) -> None:
        """Put a committed row there, as part of a scene."""
        home = self.tables[table]
        self.commits += 1
        cell = home.cells.setdefault(home.key_of(row), Cell())
        cell.versions.append((self.commits, home.defaults | row))
