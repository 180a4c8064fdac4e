"""An event loop whose time stands still until it is moved, and that asks what happens next whenever nothing is ready."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class _AskingSelector(selectors.DefaultSelector):
    """Where the event loop would sleep, somebody is asked instead; the answer is how long real sockets may be waited for."""

    def __init__(self, ask: Callable[[], float]) -> None:
        super().__init__()
        self._ask = ask

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(0 if timeout == 0 else self._ask())


class SteppedLoop(asyncio.SelectorEventLoop):
    """Runs whatever is ready, then asks. Timers fire when `advance` has moved the time past them, and never by themselves."""

    def __init__(self, ask: Callable[[], float]) -> None:
        self._moment = 0.0
        super().__init__(_AskingSelector(ask))
        self.set_exception_handler(_forget)

    def time(self) -> float:
        return self._moment

    def next_timer(self) -> float | None:
        """When the next timer would fire, in seconds since the beginning."""
        timers: list[asyncio.TimerHandle] = self._scheduled
        return min((timer.when() for timer in timers if not timer.cancelled()), default=None)

    def advance(self, moment: float) -> None:
        """Move the time, never back."""
        self._moment = max(self._moment, moment)


def _forget(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """What ends with a killed process is nobody's loss; what matters is seen by the one who waits for it."""
