"""Fetch what no package brings: Kafka's jars and the certificates' fonts. `python -m deploy.embedded.prepare`."""

import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from deploy.embedded.errors import LaunchError
from deploy.embedded.fonts import ensure_fonts
from deploy.embedded.jars import VERSION, ensure_jars


def prepare(console: Console) -> None:
    """Show a bar for each; silent when all is there. Raises LaunchError."""
    steps: dict[str, Callable[[Callable[[int, int], None]], Path]] = {
        f"Kafka {VERSION}": ensure_jars,
        "Fonts of certificates": ensure_fonts,
    }
    columns = (TextColumn("  {task.description:<34}"), BarColumn(20), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        for what, ensure in steps.items():
            task = progress.add_task(what)
            ensure(lambda there, wanted, task=task: progress.update(task, completed=there, total=wanted))  # type: ignore[misc]  # a lambda with a default has no inferred type


def main() -> None:
    """Exit status 1 and the way out if something cannot be had."""
    console = Console(stderr=True)
    try:
        prepare(console)
    except LaunchError as error:
        console.print(str(error), markup=False, highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
