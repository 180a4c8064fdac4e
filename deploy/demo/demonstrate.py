"""Start everything on fresh data, play the story, show what came of it, and keep serving."""

import contextlib
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from rich.console import Console

from deploy.demo.compose_system import ComposeSystem
from deploy.demo.directory import make_fresh
from deploy.demo.people import load_workshop
from deploy.demo.perform import perform
from deploy.demo.phases.opening import STARTS
from deploy.demo.stage import Story
from deploy.embedded.serving import until_stopped
from deploy.embedded.system import System


class Target(StrEnum):
    """What the story is played on."""

    EMBEDDED = "embedded"
    COMPOSE = "compose"


async def demonstrate(console: Console, *, output: Path, port: int, leave: bool, target: Target = Target.EMBEDDED) -> int:
    """The whole demonstration; returns the exit status: 0 only if everything agreed.

    Args:
        console: where people read.
        output: emptied, then filled with report, mails, certificates and the system's data.
        port: of the front door.
        leave: stop at the end instead of serving until interrupted.
        target: servers and processes from packages, or everything in containers.

    Raises LaunchError when the system cannot start, or a process of it dies while it serves; of containers, also when one does not stop in
    order.
    """
    data = make_fresh(output)
    began = time.monotonic()
    async with contextlib.AsyncExitStack() as stack:
        with console.status("Starting") as status:
            system = _system(target, data, port, lambda what: status.update(f"Starting {what}"))
            await stack.enter_async_context(system)
        console.print(f"[green]✓[/] Everything runs [dim]({time.monotonic() - began:.1f} s)[/]: [bold]{system.front_door}[/]")
        ending, _ = await perform(system, output, console)
        if not leave:
            console.print(f"Still serving at [bold]{system.front_door}[/]. Ctrl-C stops it.")
            await until_stopped(system)
    return 0 if ending.report.ok else 1


def _system(target: Target, data: Path, port: int, announce: Callable[[str], None]) -> System | ComposeSystem:
    starts = Story(announcement=load_workshop(), applicants={}, slug="").at(STARTS)
    if target is Target.COMPOSE:
        return ComposeSystem(data, starts_at=starts, front_door_port=port, announce=announce)
    return System(data, test_clock=True, starts_at=starts, front_door_port=port, announce=announce)
