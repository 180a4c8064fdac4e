"""Serving until somebody says stop."""

import asyncio
import signal
from typing import Protocol

from deploy.embedded.errors import LaunchError


class CanFail(Protocol):
    """Something that runs and may end by itself."""

    async def failure(self) -> LaunchError: ...  # noqa: D102


async def until_stopped(system: CanFail) -> None:
    """Wait for Ctrl-C or SIGTERM. Raises LaunchError when a process dies that nobody stopped."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    stopped, failed = asyncio.create_task(stop.wait()), asyncio.create_task(system.failure())
    done, pending = await asyncio.wait({stopped, failed}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    if failed in done:
        raise failed.result()
