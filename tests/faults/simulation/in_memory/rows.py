"""Rows with all their versions, and who holds them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.simulation.in_memory.transaction import Transaction

Row = dict[str, Any]
"""One version of a row. Never changed in place."""


class _Nothing:
    """No change is under way; None would be a deletion."""


NOTHING = _Nothing()


class Cell:
    """One row's versions, oldest first, each with the number of the commit that made it; None where it is deleted."""

    __slots__ = ("holder", "pending", "sharers", "versions")

    def __init__(self) -> None:
        self.versions: list[tuple[int, Row | None]] = []
        self.pending: Row | _Nothing | None = NOTHING
        self.holder: Transaction | None = None
        self.sharers: set[Transaction] = set()

    def seen_by(self, transaction: "Transaction", snapshot: int) -> Row | None:
        """The version that a statement sees: its own transaction's, else the newest that was committed when it began."""
        if self.holder is transaction and not isinstance(self.pending, _Nothing):
            return self.pending
        for number, row in reversed(self.versions):
            if number <= snapshot:
                return row
        return None

    def latest(self, transaction: "Transaction") -> Row | None:
        """The newest version: its own transaction's, else the newest committed."""
        if self.holder is transaction and not isinstance(self.pending, _Nothing):
            return self.pending
        return self.committed

    @property
    def committed(self) -> Row | None:
        """The newest committed version."""
        return self.versions[-1][1] if self.versions else None


@dataclass(frozen=True)
class Unique:
    """No two rows `where` it holds have the same values in these columns. Null is equal to nothing."""

    name: str
    columns: tuple[str, ...]
    where: Any = None

    def value(self, row: Row | None) -> tuple[Any, ...] | None:
        """What must be unique of a row; None if it does not take part."""
        if row is None or (self.where is not None and not self.where(row)):
            return None
        value = tuple(row[column] for column in self.columns)
        return None if None in value else value


@dataclass
class Table:
    """Rows by primary key. `checks` name what must hold for each row; `defaults` are columns of rows that do not say."""

    name: str
    key: tuple[str, ...]
    unique: tuple[Unique, ...] = ()
    checks: dict[str, Any] = field(default_factory=dict)
    defaults: Row = field(default_factory=dict)
    cells: dict[tuple[Any, ...], Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.constraints = (Unique(f"{self.name}_pkey", self.key), *self.unique)

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """A row's primary key."""
        return tuple(row[column] for column in self.key)

    def committed(self) -> Iterable[Row]:
        """All rows as committed."""
        return [row for cell in self.cells.values() if (row := cell.committed) is not None]
