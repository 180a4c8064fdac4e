"""What a statement's twin works with: rows as the statement sees them, and changes that are undone if it has to wait."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import asyncpg

from tests.faults.simulation.in_memory.database import Database
from tests.faults.simulation.in_memory.rows import NOTHING, Cell, Row, Table, Unique
from tests.faults.simulation.in_memory.transaction import BlockedError, Transaction

Where = Callable[[Row], bool]


class Statement:
    """One run of one statement. It is run again from its beginning after a wait, with the snapshot that it had."""

    def __init__(self, database: Database, transaction: Transaction, session: object) -> None:
        self.database = database
        self.transaction = transaction
        self.session = session
        self.snapshot = database.commits

    @property
    def now(self) -> datetime:
        """clock_timestamp()"""
        return self.database.clock()

    def rows(self, table: str, where: Where | None = None) -> list[Row]:
        """What a SELECT without a lock finds."""
        transaction, snapshot = self.transaction, self.snapshot
        found = []
        for cell in self.database.tables[table].cells.values():
            row = cell.seen_by(transaction, snapshot)
            if row is not None and (where is None or where(row)):
                found.append(row)
        return found

    def get(self, table: str, *key: Any) -> Row | None:
        """The row of a primary key, without a lock."""
        cell = self.database.tables[table].cells.get(key)
        return None if cell is None else cell.seen_by(self.transaction, self.snapshot)

    def lock(
        self,
        table: str,
        where: Where,
        *,
        order: Callable[[Row], Any] | None = None,
        limit: int | None = None,
        skip_locked: bool = False,
        share: bool = False,
    ) -> list[Row]:
        """Lock what is found, and read it anew: `where` must hold for the newest version too, which another may have just committed."""
        home = self.database.tables[table]
        found = sorted(self.rows(table, where), key=order) if order else self.rows(table, where)
        locked: list[Row] = []
        for row in found:
            if limit is not None and len(locked) == limit:
                break
            cell = home.cells[home.key_of(row)]
            try:
                (self.transaction.share if share else self.transaction.hold)(cell)
            except BlockedError:
                if skip_locked:
                    continue
                raise
            newest = cell.latest(self.transaction)
            if newest is not None and where(newest):
                locked.append(newest)
        return locked

    def update(self, table: str, row: Row, **changes: Any) -> Row:
        """Change a locked row."""
        home = self.database.tables[table]
        changed = row | changes
        cell = home.cells[home.key_of(row)]
        self.transaction.hold(cell)
        for unique in home.unique:
            if unique.value(changed) != unique.value(row):
                self._require(home, unique, changed, but=cell)
        self._check(home, changed)
        self.transaction.write(cell, changed)
        return changed

    def update_where(self, table: str, where: Where, **changes: Any) -> list[Row]:
        """UPDATE … WHERE, with constants. Returns the rows as they are afterwards."""
        return [self.update(table, row, **changes) for row in self.lock(table, where)]

    def delete_where(self, table: str, where: Where) -> int:
        """DELETE … WHERE. Returns how many there were."""
        home = self.database.tables[table]
        rows = self.lock(table, where)
        for row in rows:
            self.transaction.write(home.cells[home.key_of(row)], None)
        return len(rows)

    def insert(self, table: str, row: Row) -> Row:
        """INSERT. Raises asyncpg.UniqueViolationError after waiting for whoever may have been first."""
        home = self.database.tables[table]
        row = home.defaults | row
        self._check(home, row)
        for unique in home.constraints:
            self._require(home, unique, row)
        cell = home.cells.setdefault(home.key_of(row), Cell())
        self.transaction.hold(cell)
        self.transaction.write(cell, row)
        return row

    def in_the_way(self, table: str, row: Row, *, of: str | None = None) -> Row | None:
        """What ON CONFLICT finds, locked and in its newest version: of any constraint, or of the one named."""
        home = self.database.tables[table]
        row = home.defaults | row
        for unique in home.constraints:
            if of is None or unique.name == of:
                cell = self._conflict(home, unique, row)
                if cell is not None:
                    return cell.latest(self.transaction)
        return None

    def notify(self, channel: str) -> None:
        """Tell those who listen, at the commit."""
        self.transaction.notifications.append(channel)

    def _require(self, home: Table, unique: Unique, row: Row, *, but: Cell | None = None) -> None:
        if self._conflict(home, unique, row, but=but) is not None:
            error = asyncpg.UniqueViolationError(f"duplicate key value violates unique constraint {unique.name}")
            error.constraint_name = unique.name
            raise error

    def _conflict(self, home: Table, unique: Unique, row: Row, *, but: Cell | None = None) -> Cell | None:
        value = unique.value(row)
        if value is None:
            return None
        mine = self.transaction
        for cell in home.cells.values():
            if cell is but:
                continue
            if cell.holder not in (None, mine) and cell.pending is not NOTHING:
                # Somebody is about to add or to take away: only the end of it tells.
                if value in (unique.value(cell.pending), unique.value(cell.committed)):  # type: ignore[arg-type]  # not NOTHING
                    raise BlockedError({cell.holder})
            elif unique.value(cell.latest(mine)) == value:
                return cell
        return None

    @staticmethod
    def _check(home: Table, row: Row) -> None:
        for name, holds in sorted(home.checks.items()):  # by name, as PostgreSQL does
            if not holds(row):
                error = asyncpg.CheckViolationError(f"new row violates check constraint {name}")
                error.constraint_name = name
                raise error
