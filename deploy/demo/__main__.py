"""`python -m deploy.demo`: start everything on fresh data, play the story, show what came of it, and keep serving.

`PORT` is the front door's, `EXIT=1` leaves at the end with status 0 only if everything agreed.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from deploy.demo.directory import make_fresh
from deploy.demo.people import load_workshop
from deploy.demo.perform import perform
from deploy.demo.phases.opening import OPENS
from deploy.demo.stage import Story
from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import CHECKOUT
from deploy.embedded.system import System

DEFAULT_PORT = 8000


async def demonstrate(console: Console, *, output: Path, port: int, leave: bool) -> int:
    """The whole demonstration; returns the exit status."""
    data = make_fresh(output)
    opens = Story(announcement=load_workshop(), applicants={}, slug="").at(OPENS)
    began = time.monotonic()
    async with System(
        data,
        test_clock=True,
        starts_at=opens,
        front_door_port=port,
        announce=lambda what: console.print(f"[dim]starting {what}…[/]"),
    ) as system:
        console.print(f"[green]✓[/] Everything runs [dim]({time.monotonic() - began:.1f} s)[/]  {system.front_door}\n")
        ending, _ = await perform(system, output, console)
        if not leave:
            console.print(f"\nStill serving at [bold]{system.front_door}[/]. Ctrl-C stops it.")
            await _until_stopped(system)
    return 0 if ending.report.ok else 1


async def _until_stopped(system: System) -> None:
    """Until a signal comes, or a process dies that nobody stopped: then a LaunchError."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopped, failed = asyncio.create_task(stop.wait()), asyncio.create_task(system.failure())
    done, pending = await asyncio.wait({stopped, failed}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    if failed in done:
        raise failed.result()


def main() -> None:
    """Read the environment and go."""
    console = Console()
    try:
        status = asyncio.run(
            demonstrate(
                console,
                output=CHECKOUT / "var" / "demo",
                port=int(os.environ.get("PORT") or DEFAULT_PORT),
                leave=os.environ.get("EXIT") == "1",
            )
        )
    except LaunchError as error:
        console.print(f"[red]✗[/] {error}")
        status = 1
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
