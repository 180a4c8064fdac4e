"""The load: several small workshops at once, lived through the public pages and the organiser API. Whoever gets no answer asks again."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from tests.faults.matrix.client import Client, NoAnswerError
from tests.faults.matrix.ledger import Course, Ledger

T = TypeVar("T")

PATIENCE = 600.0
"""Seconds after which an action that is never acknowledged is a finding: longer than any fault lasts."""
LONGEST_PAUSE = 1.0


class Load:
    """Plays acts, keeps the ledger, and counts what is under way so that a fault can say what it met.

    Args:
        front_door: the site's address.
        token: an organiser's, for the API.
        now: business time.
    """

    def __init__(self, front_door: str, *, token: str, now: Callable[[], datetime]) -> None:
        self.front_door = front_door
        self.now = now
        self.ledger = Ledger()
        self.acknowledged = 0
        self.retries = 0
        self.ended = True
        self.complaints: list[str] = []
        """What was refused although no fault explains it."""
        self.organiser = Client(front_door, token=token)
        self.visitors = Client(front_door)
        self._requests: Counter[str] = Counter()
        self._moved = asyncio.Condition()

    @property
    def under_way(self) -> int:
        """Requests that have been sent to registration and not been answered."""
        return self._requests["registration"]

    def asking(self, service: str) -> int:
        """Requests that have been sent to a service's pages and not been answered."""
        return self._requests[service]

    async def until_asking(self, service: str, within: float = 20) -> bool:
        """Wait until there is such a request; False if none came in time."""
        return await self._until(lambda: self.asking(service) > 0, within)

    async def until_playing(self) -> None:
        """Wait until an act is being played."""
        async with self._moved:
            await self._moved.wait_for(lambda: not self.ended)

    async def reached(self, actions: int, within: float = 120) -> bool:
        """Wait until so many actions of the current act have been acknowledged, or the act has ended; whether they were reached."""
        await self._until(lambda: self.ended or self.acknowledged >= actions, within)
        return self.acknowledged >= actions

    async def insist(self, what: str, attempt: Callable[[], Awaitable[T]], *, service: str = "registration") -> T:
        """Do something until it is acknowledged. A refusal is not repeated: no fault explains it."""
        result = await self.ask(what, attempt, service=service)
        self.acknowledged += 1
        await self._tell()
        return result

    async def ask(self, what: str, attempt: Callable[[], Awaitable[T]], *, service: str = "registration") -> T:
        """Read something until there is an answer."""
        deadline, pause = time.monotonic() + PATIENCE, 0.05
        while True:
            try:
                async with self.request(service):
                    return await attempt()
            except NoAnswerError as error:
                if time.monotonic() > deadline:
                    raise AssertionError(f"{what} was never acknowledged; the last answer: {error}") from error
            self.retries += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def play(self, acts: Sequence[Callable[[], Awaitable[Course]]]) -> list[Course]:
        """Play acts at once, from beginning to end. Their courses are in the ledger from their first action on."""
        self.acknowledged, self.ended = 0, False
        await self._tell()
        try:
            async with asyncio.TaskGroup() as group:  # where one fails, none goes on
                played = [group.create_task(_course(act)) for act in acts]
            return [one.result() for one in played]
        finally:
            self.ended = True
            await self._tell()

    async def close(self) -> None:
        """Close the connections."""
        await self.organiser.close()
        await self.visitors.close()

    @contextlib.asynccontextmanager
    async def request(self, service: str) -> AsyncIterator[None]:
        """While it lasts, a request to the service's pages is under way."""
        self._requests[service] += 1
        await self._tell()
        try:
            yield
        finally:
            self._requests[service] -= 1

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def _until(self, holds: Callable[[], bool], within: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within), self._moved:
                await self._moved.wait_for(holds)
        return holds()


async def _course(act: Callable[[], Awaitable[Course]]) -> Course:
    return await act()
