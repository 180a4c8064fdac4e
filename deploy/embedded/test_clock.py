"""The test clock: real time plus one offset in a file that every process reads."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.embedded.status import Status

ReadStatus = Callable[[], Awaitable[Mapping[str, Status | None]]]
"""By service; None for a worker that does not answer."""


class NotQuietError(Exception):
    """The system did not come to rest in time; the message names the services and what they are busy with."""


class OffsetClock:
    """Moves business time, and only while nothing is going on: outboxes empty, everything read, nothing due, twice in a row.

    It stops at every due time on the way, so that whatever is due then happens at its own time and not later.
    """

    def __init__(self, file: Path, read_status: ReadStatus, *, patience: float = 60) -> None:
        """`patience`: real seconds for which nothing may change before the system has come to rest; five times that is the most in all."""
        self.file = file
        self._read_status = read_status
        self._patience = patience

    def now(self) -> datetime:
        """Business time, aware, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._offset())

    def start_at(self, moment: datetime) -> None:
        """Set business time before anything has happened: the only time when it may be set back."""
        self._write((moment - datetime.now(UTC)).total_seconds())

    async def advance_to(self, moment: datetime) -> None:
        """Move to `moment`, resting at every due time before it, and come to rest there.

        Raises:
            ValueError: the moment is naive, or in the past.
            NotQuietError: a service does not come to rest.
        """
        if moment.tzinfo is None:
            raise ValueError("the moment needs a zone")
        if moment < self.now() - timedelta(seconds=self._patience):
            raise ValueError(f"{moment} is in the past: business time is {self.now()}")
        deadline = time.monotonic() + self._patience
        while True:
            statuses = await self.settle()
            due = {status.next_due: status for status in statuses.values() if status.next_due}
            target = min([moment, *due])
            if target > self.now():
                self._write(self._offset() + (target - self.now()).total_seconds())
                deadline = time.monotonic() + self._patience
            elif target == moment:
                return
            elif time.monotonic() > deadline:
                # It became due while it was looked at, or its service contradicts itself for good.
                raise NotQuietError(f"{due[target].service} says that nothing is due, and that {target} is its next due time")

    async def settle(self) -> Mapping[str, Status]:
        """Wait until nothing is going on; returns what the workers said then."""
        began = changed = time.monotonic()
        before: Mapping[str, Status | None] = {}
        while True:
            statuses = await self._read_status()
            quiet = {service: status for service, status in statuses.items() if status is not None and status.quiet}
            if len(quiet) == len(statuses) and statuses == before:
                return quiet
            now = time.monotonic()
            # A machine that has much else to do is slow, and yet it gets on.
            changed = now if statuses != before else changed
            if now > min(changed + self._patience, began + 5 * self._patience):
                raise NotQuietError(f"Not at rest after {now - began:.0f} s. {_describe(statuses, before)}")
            before = statuses
            await asyncio.sleep(0.1)

    def _offset(self) -> float:
        try:
            return float(self.file.read_text())
        except FileNotFoundError:
            return 0.0

    def _write(self, offset: float) -> None:
        # Renamed into place: a reader sees the old offset or the new one, never half a number.
        part = self.file.with_suffix(".part")
        part.write_text(repr(offset))
        part.chmod(0o644)  # the processes that read it may run as another user, in containers
        part.rename(self.file)


def _describe(statuses: Mapping[str, Status | None], before: Mapping[str, Status | None]) -> str:
    busy = [
        f"{service}: its worker does not answer" if status is None else str(status)
        for service, status in statuses.items()
        if status is None or not status.quiet
    ]
    moving = [f"{service}: never the same twice" for service, status in statuses.items() if status != before.get(service)]
    return "; ".join(busy or moving)
