"""Alembic running plain SQL files: each revision is a few lines of Python that run the `.sql` file beside it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as AlchemyConnection
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.runtime.schema_version import migrations_of

_SQL = Path(__file__).parent / "sql"
_LOCK = 0x41746C6D  # one migration at a time in a database
# Alembic's `op` is one for the whole process, whatever it migrates.
_IN_PROCESS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def run_sql(revision_file: str) -> None:
    """Run the `.sql` file beside a revision: call it from `upgrade()` as `run_sql(__file__)`."""
    _execute(Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8"))


def run_messaging_sql(name: str = "messaging") -> None:
    """Create what outbox, inbox and dead letters need; every service's revision 0001 calls it. Later files are named."""
    _execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))


def _execute(sql: str) -> None:
    # SQLAlchemy's asyncpg dialect rejects several statements in one string; the raw connection takes a whole file. The
    # statement before it makes the dialect open its transaction, so that the file and the version number commit together.
    bind = op.get_bind()
    bind.exec_driver_sql("SELECT 1")
    raw: Any = bind.connection.dbapi_connection
    raw.run_async(lambda connection: connection.execute(sql))


async def migrate(service: str, database_url: str) -> None:
    """Bring a service's database to the newest schema that this code knows.

    Safe to run from several processes at once, and for several databases in one. Does nothing when the database is there already, or
    further: a version that is started again after a later one finds its work done.
    """
    await migrate_folder(migrations_of(service), database_url)


async def migrate_folder(folder: Path, database_url: str) -> None:
    """Run the revisions under `folder`/versions on the database."""
    url = database_url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        alone = _IN_PROCESS.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with alone, engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            await connection.commit()
            await connection.run_sync(_upgrade(folder))
            await connection.commit()
            await connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(folder: Path) -> Callable[[AlchemyConnection], None]:
    def run(connection: AlchemyConnection) -> None:
        script = ScriptDirectory(str(folder))
        environment = EnvironmentContext(
            Config(),
            script,
            fn=lambda versions, _context: _steps(script, versions),
        )
        with environment:
            environment.configure(connection=connection, transaction_per_migration=True)
            with environment.begin_transaction():
                environment.run_migrations()

    return run


def _steps(script: ScriptDirectory, versions: tuple[str, ...]) -> list[Any]:
    """What `alembic upgrade head` would do; nothing where a later version of the code has migrated already, which this one works on."""
    if any(version > (script.get_current_head() or "") for version in versions):
        return []
    steps: list[Any] = script._upgrade_revs("head", versions)  # type: ignore[arg-type]  # noqa: SLF001  # there is no public name
    return steps
