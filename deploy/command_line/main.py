"""`atelier`: operate a system from a terminal."""

import importlib
from pathlib import Path
from typing import Annotated, cast

import typer
from typer.core import TyperCommand, TyperGroup

from deploy.command_line.local_system import adopt

COMMANDS = {
    "demo": "demo",
    "up": "up",
    "organiser": "app",
    "migrate": "migrate",
    "provision": "provision",
    "reconcile": "reconcile",
    "dead-letters": "app",
    "rebuild": "app",
    "certificate-documents": "app",
    "keys": "app",
    "documents": "documents",
}
"""Name to what it is called in its file, which has the command's name."""


class _OnDemand(TyperGroup):
    """Loads a command's file when it is called: together they need every library there is, and most need few."""

    def list_commands(self, _ctx: object) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        if cmd_name not in COMMANDS:
            return None
        found = getattr(importlib.import_module(f"deploy.command_line.{cmd_name.replace('-', '_')}"), COMMANDS[cmd_name])
        if not isinstance(found, typer.Typer):
            single = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
            single.command(cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return cast("TyperCommand | TyperGroup", command)


app = typer.Typer(
    cls=_OnDemand,
    help="Operate Atelier. Settings come from the environment (ATELIER_…), or from a system on this machine with --on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with values could print personal data
)


@app.callback()
def main(
    on: Annotated[
        Path | None, typer.Option("--on", metavar="FOLDER", help="Speak to the system that runs on this data folder, such as var/up")
    ] = None,
) -> None:
    """Take the settings of a system that runs on this machine, if one is named."""
    if on is not None:
        adopt(on)


if __name__ == "__main__":
    app()
