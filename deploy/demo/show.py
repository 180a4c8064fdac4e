"""What a person sees while the story is played: one line a phase, with a bar while it lasts."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

T = TypeVar("T")


class Show:
    """Writes to `console` and times the phases. `seconds` is filled as they end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}
        self._progress: Progress | None = None

    @contextmanager
    def phase(self, name: str, title: str) -> Iterator[None]:
        """One phase; its line stays, with a tick and the time it took."""
        began = time.monotonic()
        columns = (
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as progress:
            self._progress = progress
            progress.add_task(title, total=None)
            try:
                yield
            finally:
                self._progress = None
        self.seconds[name] = round(time.monotonic() - began, 2)
        self.console.print(f"[green]✓[/] {title} [dim]({self.seconds[name]:.1f} s)[/]")

    def each(self, things: Iterable[T], total: int) -> Iterator[T]:
        """Go through things while the bar of the phase advances."""
        for number, thing in enumerate(things, start=1):
            yield thing
            if self._progress is not None:
                self._progress.update(self._progress.task_ids[0], total=total, completed=number)

    def say(self, words: str) -> None:
        """One line under the phase that is being played."""
        self.console.print(f"  [dim]{words}[/]")
