"""Processes that can be killed: their tasks end, nothing they would still do has any effect, the servers see their connections close."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tests.faults.simulation.scheduler import Scheduler


class KilledError(BaseException):
    """The process that acts is dead. No code of the product catches it."""


What = str | Callable[[], str]
"""What somebody is about to do, in words; asked for when it is done."""


class Severable(Protocol):
    """A connection's other end: what a server does when its client has vanished."""

    def sever(self) -> None: ...


class Process:
    """One life of a process. Whoever is started again gets a new one under the same name."""

    def __init__(self, name: str, scheduler: "Scheduler") -> None:
        self.name = name
        self.scheduler = scheduler
        self.alive = True
        self.frozen = False
        self.tasks: list[asyncio.Task[Any]] = []
        self.connections: list[Severable] = []
        self.at_death: list[Callable[[], None]] = []
        scheduler.processes.append(self)

    async def point(self, what: What, *, severable: Severable | None = None, mishaps: Sequence[tuple[str, Exception]] = ()) -> None:
        """Wait to be let on. Everything that others can see happens right after a point, without another wait in between.

        Args:
            what: is about to be done.
            severable: a connection that may be lost instead.
            mishaps: what else may come of it, each with the error that it is.
        """
        if not self.alive:
            raise KilledError
        await self.scheduler.wait(self, what, severable, mishaps)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something in this process."""
        return self.scheduler.create_task(work, self)

    def wake(self) -> None:
        """It goes on where it was."""
        self.frozen = False

    def kill(self) -> None:
        """As kill -9: no clean-up has any effect."""
        if not self.alive:
            return
        self.alive = False
        for connection in list(self.connections):
            connection.sever()
        self.scheduler.forget(self)
        for task in self.tasks:
            task.cancel()
        for tell in self.at_death:
            tell()


class Inhabitant(Protocol):
    """Makes a process do its work: called for the first start and for every one after a kill."""

    def __call__(self, process: Process) -> Coroutine[Any, Any, None]: ...


Happening = tuple[str, str, Callable[[], None]]
"""Who, what, and how: something that may strike at any moment."""
