"""`atelier demo`: the demonstration."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.demo.demonstrate import Target, demonstrate
from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import CHECKOUT
from deploy.embedded.prepare import prepare


def demo(
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Of the address that people open")] = 8000,
    output: Annotated[Path, typer.Option(help="Where report, mails, certificates and data go; emptied first")] = CHECKOUT / "var" / "demo",
    target: Annotated[Target, typer.Option(help="What to play it on: everything from packages, or in containers")] = Target.EMBEDDED,
    *,
    leave: Annotated[bool, typer.Option("--exit", help="Leave at the end, with status 0 only if everything agreed")] = False,
) -> None:
    """Play a whole workshop on real servers, on fresh data; then keep serving."""
    console = Console()
    try:
        if target is Target.EMBEDDED:
            prepare(Console(stderr=True))
        status = asyncio.run(demonstrate(console, output=output, port=port, leave=leave, target=target))
    except LaunchError as error:
        typer.echo(f"\n{error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(status)
