"""A year of a programme with a million people, in the database of one service."""

from pathlib import Path

import asyncpg

from shared.runtime import rebuild_tables

ROWS = 1_000_000
"""Registrations, and of whatever there is one for each."""

_WORDS = {
    "$rows": str(ROWS),
    # Every tenth registration is for one workshop, the others for nine hundred.
    "$workshop": "(CASE WHEN i / 10 % 10 = 0 THEN 0 ELSE 1 + i % 1000 END)",
    # Of that workshop's people, every other one waits for an organiser's approval.
    "$awaited": "(i / 10 % 10 = 0 AND i % 2 = 0)",
    "$now": "now()",
}
_HERE = Path(__file__).parent


async def fill(connection: asyncpg.Connection, service: str) -> None:
    """Fill a fresh database, and let PostgreSQL look at what is in it."""
    await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")
    await rebuild_tables.begin(connection)
    put_on = await _take_indexes_off(connection)
    for name in (service, "messaging"):
        text = (_HERE / f"fill_{name}.sql.template").read_text(encoding="utf-8")
        for word, value in _WORDS.items():
            text = text.replace(word, value)
        for statement in filter(str.strip, text.split(";\n")):
            await connection.execute(statement)
    for statement in put_on:
        await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")


async def _take_indexes_off(connection: asyncpg.Connection) -> list[str]:
    """What is written without indexes is written in a third of the time. Returns what makes them again; references are not missed."""
    keys = await connection.fetch(
        """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS off, contype <> 'f' AS comes_back,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS again
        FROM pg_constraint WHERE contype IN ('f', 'u', 'p') AND connamespace IN ('public'::regnamespace, 'rebuild'::regnamespace)
        ORDER BY contype = 'f' DESC
        """
    )
    for key in keys:
        await connection.execute(key["off"])
    indexes = await connection.fetch(
        """
        SELECT format('DROP INDEX %I.%I', schemaname, indexname) AS off, indexdef AS again
        FROM pg_indexes WHERE schemaname IN ('public', 'rebuild')
        """
    )
    for index in indexes:
        await connection.execute(index["off"])
    return [key["again"] for key in keys if key["comes_back"]] + [index["again"] for index in indexes]
