"""`atelier up`: the whole system, empty at first, on data that survives restarts."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import CHECKOUT
from deploy.embedded.prepare import prepare
from deploy.embedded.serving import until_stopped
from deploy.embedded.system import System

ORGANISER_COMMAND = "make organiser"


def up(
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Of the address that people open")] = 8000,
    directory: Annotated[Path, typer.Option(help="Data, logs and secrets; kept between starts")] = CHECKOUT / "var" / "up",
) -> None:
    """Start everything and serve until Ctrl-C. Data is kept for the next start."""
    console = Console()
    try:
        prepare(Console(stderr=True))
        asyncio.run(_serve(console, directory, port))
    except LaunchError as error:
        typer.echo(f"\n{error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _serve(console: Console, directory: Path, port: int) -> None:
    command = ORGANISER_COMMAND if directory == CHECKOUT / "var" / "up" else f"atelier --on {directory} organiser create"
    began = time.monotonic()
    with console.status("Starting") as status:
        system = System(
            directory,
            front_door_port=port,
            organiser_command=command,
            announce=lambda what: status.update(f"Starting {what}"),
        )
        await system.__aenter__()
    try:
        console.print(f"Atelier runs [dim]({time.monotonic() - began:.1f} s)[/]: [bold]{system.front_door}[/]")
        console.print(f"Data and logs: {directory}", highlight=False)
        console.print(f"The first organiser, in another terminal: [bold]{command}[/]", highlight=False)
        console.print(f"A token for the API: .venv/bin/atelier --on {directory} organiser token", highlight=False)
        console.print("Ctrl-C stops it; nothing is lost.")
        await until_stopped(system)
        console.print("Stopping …")
    finally:
        await system.__aexit__(None, None, None)
