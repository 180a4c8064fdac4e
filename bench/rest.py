"""Knowing that nothing is left to be done."""

import asyncio
import time
from collections.abc import Mapping

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
