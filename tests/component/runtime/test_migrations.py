"""Migrations: plain SQL, all or nothing, safe from several processes at once, and two versions of the code on one database."""

import asyncio
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from shared.runtime import schema_version
from shared.runtime.migrations import migrate_folder
from shared.runtime.schema_version import migrations_of, newest_revision, schema_serves, serves
from tests.component.runtime.conftest import MIGRATIONS
from tests.conftest import new_database


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


async def test_several_databases_are_migrated_at_once_in_one_process(postgres: str) -> None:
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(new_database(postgres)) for _ in range(4)]
        await asyncio.gather(*(migrate_folder(MIGRATIONS, url) for url in urls))
        assert [await fetch(url, "SELECT count(*) FROM notes") for url in urls] == [0] * 4


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


async def test_a_version_works_on_the_schema_of_the_next_and_not_on_that_of_the_one_before(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During a rolling upgrade both are at work; and the one before can be started again, which finds nothing to migrate."""
    older, newer = tmp_path / "older", tmp_path / "newer"
    shutil.copytree(MIGRATIONS, older)
    shutil.copytree(MIGRATIONS, newer)
    (newer / "versions" / "0002_added.py").write_text(
        "from shared.runtime.migrations import run_sql\nrevision, down_revision = '0002', '0001'\ndef upgrade():\n    run_sql(__file__)\n"
    )
    (newer / "versions" / "0002_added.sql").write_text("ALTER TABLE notes ADD COLUMN added text;")
    folders = {"older": older, "newer": newer}
    monkeypatch.setattr(schema_version, "migrations_of", folders.__getitem__)

    async def ready() -> list[str]:
        connection = await asyncpg.connect(empty_database)
        try:
            return [version for version in folders if await schema_serves(connection, version)]
        finally:
            await connection.close()

    assert await ready() == []
    await migrate_folder(older, empty_database)
    assert await ready() == ["older"]
    await migrate_folder(newer, empty_database)
    assert await ready() == ["older", "newer"]
    await migrate_folder(older, empty_database)
    assert await fetch(empty_database, "SELECT array_agg(version_num) FROM alembic_version") == ["0002"]
    assert await fetch(empty_database, "SELECT count(added) FROM notes") == 0


def test_a_database_at_two_revisions_serves_nobody() -> None:
    assert not serves(["0002", "0003"], "0002")


@pytest.mark.parametrize("service", ["registration", "notifications", "certificates"])
def test_the_newest_revision_is_the_one_that_alembic_goes_to(service: str) -> None:
    folder = migrations_of(service)
    assert newest_revision(folder) == ScriptDirectory(str(folder)).get_current_head()


@pytest.mark.parametrize("process", ["web_app", "worker_app"])
@pytest.mark.parametrize("service", ["registration", "notifications", "certificates"])
def test_a_process_that_serves_carries_no_migrations(service: str, process: str) -> None:
    """They are a fifth of the time that it takes to start."""
    loads = f"import sys, services.{service}.{process}; sys.exit(sorted({{'alembic', 'sqlalchemy'}} & sys.modules.keys()) or None)"
    assert subprocess.run([sys.executable, "-c", loads], check=False, capture_output=True, text=True).stderr == ""
