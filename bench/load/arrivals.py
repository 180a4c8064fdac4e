"""Following the sink's log."""

import time
from collections.abc import Iterator
from pathlib import Path

LOOK_EACH = 0.02
CONFIRMATION = "confirmation"


class Arrivals:
    """Confirmations of the people whose addresses carry a mark, from now on. `moments` maps an address to the time of its mail."""

    def __init__(self, log: Path, mark: str) -> None:
        self._log = log
        self._mark = f".{mark}@"
        self._at = log.stat().st_size if log.exists() else 0
        self._looked = 0.0
        self.moments: dict[str, float] = {}

    def count(self) -> int:
        """How many have arrived, as of a moment ago."""
        if time.monotonic() - self._looked >= LOOK_EACH:
            self.look()
        return len(self.moments)

    def look(self) -> None:
        """Read what is new."""
        self._looked = time.monotonic()
        for moment, recipient, purpose in self._new():
            if purpose == CONFIRMATION and self._mark in recipient:
                self.moments.setdefault(recipient, float(moment))

    def _new(self) -> Iterator[list[str]]:
        if not self._log.exists():
            return
        with self._log.open("rb") as file:
            file.seek(self._at)
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self._at += len(whole) + 1
            yield from (line.split(" ") for line in whole.decode("utf-8").split("\n"))
