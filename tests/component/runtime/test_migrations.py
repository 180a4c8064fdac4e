"""Migrations: plain SQL, all or nothing, safe from several processes at once."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from shared.runtime.migrations import migrate_folder
from tests.component.runtime.conftest import MIGRATIONS


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_several_at_once_end_in_one_schema(empty_database: str) -> None:
    await asyncio.gather(*(migrate_folder(MIGRATIONS, empty_database) for _ in range(4)))
    assert await fetch(empty_database, "SELECT array_agg(version_num) FROM alembic_version") == ["0001"]
    assert await fetch(empty_database, "SELECT count(*) FROM notes") == 0


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str, tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "0001_broken.py").write_text(
        "from shared.runtime.migrations import run_sql\nrevision, down_revision = '0001', None\n\n\ndef upgrade():\n    run_sql(__file__)\n"
    )
    (versions / "0001_broken.sql").write_text("CREATE TABLE half (id int); INSERT INTO half VALUES (1); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate_folder(tmp_path, empty_database)
    assert await fetch(empty_database, "SELECT to_regclass('half')") is None
    (versions / "0001_broken.sql").write_text("CREATE TABLE half (id int);")
    await migrate_folder(tmp_path, empty_database)
    assert await fetch(empty_database, "SELECT count(*) FROM half") == 0
