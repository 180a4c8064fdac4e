"""Waiting that ends early: for a stop, for a wake-up, or after a time that grows."""

import asyncio
import random


class Stop:
    """Says once, to everything in a process, that it should finish what it has begun and begin nothing new."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._wakes: list[asyncio.Event] = []

    @property
    def requested(self) -> bool:
        """Whether the process is stopping."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask everything to stop."""
        self._event.set()
        for wake in self._wakes:
            wake.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the stop, at most so long. True if it was requested."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        return self.requested

    async def wait_or(self, wake: asyncio.Event, seconds: float) -> None:
        """Wait for the stop or for a wake-up, at most so long. The stop sets the wake-up too: no task is made to wait for both."""
        if self.requested:
            return
        self._wakes.append(wake)
        try:
            async with asyncio.timeout(seconds):
                await wake.wait()
        except TimeoutError:
            pass
        finally:
            self._wakes.remove(wake)


class Backoff:
    """How long to wait before the next attempt: doubling up to a cap, with a random part so that many do not come back at once."""

    def __init__(self, *, first: float = 0.1, longest: float = 10.0) -> None:
        self._first, self._longest = first, longest
        self.attempts = 0

    def next(self) -> float:
        """Seconds to wait now; each call counts an attempt."""
        delay = min(self._longest, self._first * 2.0 ** min(self.attempts, 30))
        self.attempts += 1
        return delay * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, guards nothing

    def reset(self) -> None:
        """Begin anew after a success."""
        self.attempts = 0


def is_cancelled() -> bool:
    """Whether the running task itself is asked to end, rather than something that it waited for having been cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Activity:
    """Counts what a process has done; two equal counts at two idle moments mean that nothing happened between them."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, amount: int = 1) -> None:
        """Something was done."""
        self.count += amount
