"""Business time: due times, deadlines, what people read. Leases, backoff and health use real time and never come here."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from shared.runtime.settings import ServiceSettings


class Clock(Protocol):
    """Whatever tells business time."""

    def now(self) -> datetime:
        """Business time, aware, in UTC."""
        ...


class SystemClock:
    """Business time is real time."""

    def now(self) -> datetime:
        """Real time in UTC."""
        return datetime.now(UTC)


class OffsetFileClock:
    """Real time plus the one offset, in seconds, that every process reads from the same small file. No file means no offset.

    The file must be replaced in one step (write beside it, then rename): it is read at every call.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def offset(self) -> float:
        """Seconds that business time is ahead of real time."""
        try:
            text = self._path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return 0.0
        return float(text) if text else 0.0

    def now(self) -> datetime:
        """Real time plus the offset, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)


def create_clock(settings: ServiceSettings) -> Clock:
    """The clock that the settings ask for."""
    if settings.test_clock_file is not None:
        return OffsetFileClock(settings.test_clock_file)
    return SystemClock()
