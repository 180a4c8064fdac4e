"""Rows that still say something personal about somebody who was erased."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

PERSONAL_TABLES = {"participants", "answers", "documents", "duplicate_answers", "certificate_shares"}
"""Tables whose rows are personal whatever their columns say."""

PERSONAL_COLUMNS = {
    "address",
    "address_key",
    "given_name",
    "family_name",
    "certificate_name",
    "name",
    "personal_page",
    "institution",
    "position",
    "diet",
    "comments",
    "pdf",
}
"""Columns that are personal in whichever table of a registration they stand, unless they are empty."""


@dataclass(frozen=True, slots=True)
class PersonalRow:
    """Where something was left behind."""

    service: str
    table: str
    registration_id: UUID


async def rows_left_behind(connection: asyncpg.Connection, service: str, erased: Iterable[UUID]) -> list[PersonalRow]:
    """Look at every table that names registrations, dead letters included, so that a new table is not forgotten."""
    ids = list(erased)
    columns = await connection.fetch(
        """
        SELECT c.table_name, array_agg(c.column_name::text) AS columns
        FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
        GROUP BY c.table_name ORDER BY c.table_name
        """
    )
    found: list[PersonalRow] = []
    for row in columns:
        table, names = row["table_name"], set(row["columns"])
        key = _column_of_registration(table, names)
        condition = _condition(table, names)
        if key and condition:
            query = f'SELECT DISTINCT "{key}" FROM "{table}" WHERE "{key}" = ANY($1::uuid[]) AND ({condition})'  # noqa: S608 - names from the catalogue
            found += [PersonalRow(service, table, left[0]) for left in await connection.fetch(query, ids)]
    return found


def _column_of_registration(table: str, names: set[str]) -> str | None:
    if "registration_id" in names:
        return "registration_id"
    return {"registrations": "id", "dead_letters": "key", "outbox": "key"}.get(table)


def _condition(table: str, names: set[str]) -> str:
    if table in PERSONAL_TABLES:
        return "true"
    if table == "dead_letters":
        return "value IS NOT NULL"
    if table == "outbox":
        return "payload IS NOT NULL AND topic = 'participants'"
    return " OR ".join(f'"{name}" IS NOT NULL' for name in sorted(names & PERSONAL_COLUMNS))
