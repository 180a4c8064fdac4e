"""Knowing that nothing is left to be done."""

import asyncio
import time
from collections.abc import Mapping

import asyncpg

from deploy.embedded.status import Status
from deploy.embedded.system import System

LOOK_EACH = 0.5
"""Seconds: what a worker is asked, it answers at the cost of what is measured."""


async def until_at_rest(system: System, *, within: float = 600.0) -> None:
    """Wait until no worker has anything left to read, do or publish, and says the same twice. Raises TimeoutError with what is left."""
    deadline = time.monotonic() + within
    before: Mapping[str, Status | None] = {}
    while True:
        found = await system.status()
        if found == before and all(status is not None and status.quiet for status in found.values()):
            return
        if time.monotonic() > deadline:
            raise TimeoutError("; ".join(str(status) for status in found.values()))
        before = found
        await asyncio.sleep(LOOK_EACH)


async def until_tidied(url: str, *, within: float = 300.0) -> None:
    """Wait until the database server clears nothing away by itself: that belongs to what was written before, not to what comes.

    `url` is the administrator's. Raises TimeoutError.
    """
    deadline = time.monotonic() + within
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CHECKPOINT")
        while True:
            tidying = await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'")
            if not tidying:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{tidying} processes of the database server still clear away")
            await asyncio.sleep(LOOK_EACH)
    finally:
        await connection.close()
