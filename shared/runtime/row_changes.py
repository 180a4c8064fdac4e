"""What a transaction has changed so far, as PostgreSQL itself counts it."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True, order=True)
class TableChange:
    """How many rows of a table were inserted, updated and deleted."""

    table: str
    inserted: int
    updated: int
    deleted: int


class CountsUnknownError(Exception):
    """The server does not count (`track_counts` is off): that nothing was counted says nothing."""


class RowChanges:
    """Counts between two moments of one transaction; what was undone by a savepoint is counted all the same."""

    def __init__(self, before: Mapping[str, TableChange]) -> None:
        self._before = before

    @classmethod
    async def begin(cls, connection: Connection) -> "RowChanges":
        """Count from now on. Raises CountsUnknownError."""
        if await connection.fetchval("SELECT current_setting('track_counts')") != "on":
            raise CountsUnknownError
        # Not from zero: what earlier transactions of this connection changed may not have been handed over to the statistics yet.
        return cls(await _counted(connection))

    async def so_far(self, connection: Connection) -> tuple[TableChange, ...]:
        """Tables that were changed since, by name."""
        found = []
        for table, now in sorted((await _counted(connection)).items()):
            before = self._before.get(table, TableChange(table, 0, 0, 0))
            change = TableChange(table, now.inserted - before.inserted, now.updated - before.updated, now.deleted - before.deleted)
            if change.inserted or change.updated or change.deleted:
                found.append(change)
        return tuple(found)


async def _counted(connection: Connection) -> dict[str, TableChange]:
    rows = await connection.fetch(
        "SELECT relname AS table, n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_del AS deleted FROM pg_stat_xact_user_tables"
    )
    return {row["table"]: TableChange(**row) for row in rows}
