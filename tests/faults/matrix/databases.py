"""A service's own database on the servers of the matrix, and its connections."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

import asyncpg

from tests.faults.matrix.stage import Stage

PARTS = ("web", "worker", "relay", "listener")
"""What a service's connections are called, after its own name: the pools of its processes, the relay's leader, the one that listens."""


def database_of(stage: Stage, service: str) -> str:
    """Its name."""
    return urlsplit(stage.system.environment(service)["ATELIER_DATABASE_URL"]).path.removeprefix("/")


@contextlib.asynccontextmanager
async def inside(stage: Stage, service: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the administrator's to the service's database."""
    async with stage.servers.administrator(database_of(stage, service)) as connection:
        yield connection


async def connections(administrator: asyncpg.Connection, services: Sequence[str], parts: Sequence[str] = PARTS) -> list[int]:
    """The server's process ids for those connections, in order; first those in the middle of something."""
    names = [f"{service}-{part}" for service in services for part in parts]
    rows = await administrator.fetch(
        "SELECT pid FROM pg_stat_activity WHERE application_name = ANY($1) ORDER BY state IS NOT DISTINCT FROM 'idle', pid", names
    )
    return [row["pid"] for row in rows]


async def terminate(administrator: asyncpg.Connection, pids: Sequence[int]) -> int:
    """End them from the server's side; returns how many were still there."""
    ended: int = await administrator.fetchval("SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM unnest($1::int[]) pid", pids)
    return ended
