"""Which schema this code knows, and whether a database has it. Apart from running migrations: a service that serves needs no Alembic."""

import asyncio
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from shared.runtime.database import Connection


def migrations_of(service: str) -> Path:
    """The folder of a service's migrations. LookupError if there is no such service."""
    spec = find_spec(f"services.{service}")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"there is no service named {service}")
    return Path(next(iter(spec.submodule_search_locations))) / "migrations"


@cache
def newest_revision(folder: Path) -> str:
    """The highest number that a revision's file begins with, such as `0004`, which is its revision too; empty where there is none."""
    return max((path.name.partition("_")[0] for path in folder.glob("versions/[0-9]*.py")), default="")


async def schema_serves(connection: Connection, service: str) -> bool:
    """Whether the database has the newest revision that this code knows, or one of a later version of the code.

    A migration only adds, so that the version before it goes on working: during a rolling upgrade both run on the newer schema.
    """
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return False
    versions = [row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")]
    return serves(versions, await asyncio.to_thread(newest_revision, migrations_of(service)))


def serves(versions: Sequence[str], newest: str) -> bool:
    """Whether code that knows revisions up to `newest` works on a database at `versions`. Revisions are numbered, with leading zeros."""
    return len(versions) == 1 and versions[0] >= newest
