"""Transactions: what they hold and change until they end, and who waits for whom."""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg

from tests.faults.simulation.in_memory.rows import NOTHING, Cell, Row

if TYPE_CHECKING:
    from tests.faults.simulation.in_memory.database import Database


class BlockedError(Exception):
    """A statement needs what another transaction holds."""

    def __init__(self, holders: "set[Transaction]") -> None:
        super().__init__()
        self.holders = holders


class Transaction:
    """Read committed: each statement sees what was committed before it began, and what this transaction has done."""

    def __init__(self, database: "Database") -> None:
        self.database = database
        self.over = False
        self.failed = False
        self.notifications: list[str] = []
        self.waits_for: set[Transaction] = set()
        self._undo: list[tuple[Cell, Any]] = []
        self._held: list[Cell] = []
        self._locks: list[tuple[Any, ...]] = []
        self._waiters: list[asyncio.Future[None]] = []

    def hold(self, cell: Cell) -> None:
        """Lock a row until the end. Raises BlockedError where another transaction holds or shares it."""
        if cell.holder is self:
            return
        others = ({cell.holder} if cell.holder else set()) | (cell.sharers - {self})
        if others:
            raise BlockedError(others)
        cell.holder = self
        self._held.append(cell)

    def share(self, cell: Cell) -> None:
        """Keep a row from changing until the end."""
        if cell.holder is self or self in cell.sharers:
            return
        if cell.holder is not None:
            raise BlockedError({cell.holder})
        cell.sharers.add(self)
        self._held.append(cell)

    def advise(self, lock: tuple[Any, ...], *, shared: bool = False) -> None:
        """Take an advisory lock until the end."""
        holders = self.database.advisory.setdefault(lock, {})
        if holders.get(self) == "exclusive" or (shared and self in holders):
            return
        others = {other for other, mode in holders.items() if other is not self and not (shared and mode == "shared")}
        if others:
            raise BlockedError(others)
        holders[self] = "shared" if shared else "exclusive"
        self._locks.append(lock)

    def write(self, cell: Cell, row: Row | None) -> None:
        """Change a row that is held; None deletes it."""
        self._undo.append((cell, cell.pending))
        cell.pending = row

    @property
    def mark(self) -> int:
        """Where a savepoint begins."""
        return len(self._undo)

    def roll_back_to(self, mark: int) -> None:
        """Undo what was done since a mark; locks stay."""
        while len(self._undo) > mark:
            cell, pending = self._undo.pop()
            cell.pending = pending

    def commit(self) -> None:
        """Make everything visible at once."""
        database = self.database
        database.commits += 1
        for cell, _ in self._undo:
            if cell.pending is not NOTHING:
                cell.versions.append((database.commits, cell.pending))  # type: ignore[arg-type]  # not NOTHING
                cell.pending = NOTHING
        self._end()
        database.notify(self.notifications)

    def roll_back(self) -> None:
        """Undo everything."""
        self.roll_back_to(0)
        self._end()

    async def wait_for(self, holders: "set[Transaction]") -> None:
        """Wait until one of the others ends.

        Raises:
            asyncpg.DeadlockDetectedError: they wait for this one.
        """
        if self in _behind(holders):
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        self.waits_for = holders
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for holder in holders:
            holder._waiters.append(ended)
        try:
            await ended
        finally:
            self.waits_for = set()

    def _end(self) -> None:
        self.over = True
        self._undo.clear()
        for cell in self._held:
            if cell.holder is self:
                cell.holder = None
            cell.sharers.discard(self)
        for lock in self._locks:
            self.database.advisory[lock].pop(self, None)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)


def _behind(holders: set[Transaction]) -> set[Transaction]:
    """These, whom they wait for, and so on."""
    found: set[Transaction] = set()
    open_ = list(holders)
    while open_:
        holder = open_.pop()
        if holder not in found:
            found.add(holder)
            open_ += holder.waits_for
    return found
