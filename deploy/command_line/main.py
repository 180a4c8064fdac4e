"""`atelier`: operate a system from a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.command_line import dead_letters, organiser
from deploy.command_line.demo import demo
from deploy.command_line.documents import documents
from deploy.command_line.local_system import adopt
from deploy.command_line.migrate import migrate
from deploy.command_line.provision import provision
from deploy.command_line.up import up
from deploy.reconcile.command import reconcile

app = typer.Typer(
    help="Operate Atelier. Settings come from the environment (ATELIER_…), or from a system on this machine with --on.",
    no_args_is_help=True,
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


app.command()(demo)
app.command()(up)
app.command()(migrate)
app.command()(provision)
app.command()(reconcile)
app.command()(documents)
app.add_typer(organiser.app, name="organiser")
app.add_typer(dead_letters.app, name="dead-letters")

if __name__ == "__main__":
    app()
