"""What `atelier dead-letters replay` prints."""

import time
from collections import Counter

import typer

from shared.runtime.dead_letter_replays import Failed
from shared.runtime.dead_letters import DeadLetter, Replayed
from shared.runtime.row_changes import TableChange

PROGRESS_EVERY = 2.0
"""Seconds between two lines of progress, which go to the error stream."""


def place(letter: DeadLetter) -> str:
    """Where the record was read."""
    return f"{letter.topic}[{letter.partition}]@{letter.offset}"


class Report:
    """Tells each letter's outcome as it comes, progress now and then, and the failures again at the end."""

    def __init__(self, *, total: int, dry_run: bool) -> None:
        self._total = total
        self._dry_run = dry_run
        self._outcomes: Counter[str] = Counter()
        self._failed: list[Failed] = []
        self._told_at = time.monotonic()

    def tell(self, one: Replayed | Failed) -> None:
        """One more is done."""
        if isinstance(one, Failed):
            self._failed.append(one)
        else:
            self._outcomes[one.outcome] += 1
            self._tell_replayed(one)
        if time.monotonic() - self._told_at >= PROGRESS_EVERY:
            self._told_at = time.monotonic()
            typer.echo(f"… {self._done} of {self._total}, {len(self._failed)} failed", err=True)

    def end(self) -> int:
        """The summary. Returns the exit status: 0 if none failed."""
        if self._total == 0:
            typer.echo("There are none.")
        if self._total > 1:
            counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._outcomes.items())) or "none"
            typer.echo(f"{'Would be replayed' if self._dry_run else 'Replayed'} of {self._total}: {counts}; {len(self._failed)} failed.")
        for one in self._failed:
            typer.echo(f"Nothing was changed: {one.why}", err=True)
        if self._dry_run:
            typer.echo("This was a dry run: all of it was taken back.")
        return 1 if self._failed else 0

    def break_off(self) -> int:
        """The database is gone. Returns the exit status."""
        self.end()
        typer.echo(
            f"The database went away after {self._done} of {self._total}. What is told above is done; run it again for the rest.", err=True
        )
        return 1

    @property
    def _done(self) -> int:
        return self._outcomes.total() + len(self._failed)

    def _tell_replayed(self, one: Replayed) -> None:
        typer.echo(f"Dead letter {one.letter_id}: {'would be ' if self._dry_run else ''}{one.outcome}.")
        for change in one.changes:
            typer.echo(f"  {change.table}: {_counts(change)}")
        if one.later is None:
            typer.echo("  Its topic has no sequence: what came later cannot be told.")
        for fact in one.later or ():
            typer.echo(f"  later, applied already: {fact.sequence}  {fact.type}  {fact.processed_at:%Y-%m-%d %H:%M:%SZ}  {fact.event_id}")


def _counts(change: TableChange) -> str:
    counts = {"inserted": change.inserted, "updated": change.updated, "deleted": change.deleted}
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
