"""Start everything on fresh data, play the story, show what came of it, and keep serving."""

import time
from pathlib import Path

from rich.console import Console

from deploy.demo.directory import make_fresh
from deploy.demo.people import load_workshop
from deploy.demo.perform import perform
from deploy.demo.phases.opening import STARTS
from deploy.demo.stage import Story
from deploy.embedded.serving import until_stopped
from deploy.embedded.system import System


async def demonstrate(console: Console, *, output: Path, port: int, leave: bool) -> int:
    """The whole demonstration; returns the exit status: 0 only if everything agreed.

    Args:
        console: where people read.
        output: emptied, then filled with report, mails, certificates and the system's data.
        port: of the front door.
        leave: stop at the end instead of serving until interrupted.

    Raises LaunchError when the system cannot start, or a process of it dies while it serves.
    """
    data = make_fresh(output)
    starts = Story(announcement=load_workshop(), applicants={}, slug="").at(STARTS)
    began = time.monotonic()
    with console.status("Starting") as status:
        system = System(
            data, test_clock=True, starts_at=starts, front_door_port=port, announce=lambda what: status.update(f"Starting {what}")
        )
        await system.__aenter__()
    try:
        console.print(f"[green]✓[/] Everything runs [dim]({time.monotonic() - began:.1f} s)[/]: [bold]{system.front_door}[/]")
        ending, _ = await perform(system, output, console)
        if not leave:
            console.print(f"Still serving at [bold]{system.front_door}[/]. Ctrl-C stops it.")
            await until_stopped(system)
    finally:
        await system.__aexit__(None, None, None)
    return 0 if ending.report.ok else 1
