"""Decides what happens next: one task is let on, or time passes, or something strikes. The decisions come from a tape of bytes."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.simulation.loop import SteppedLoop
from tests.faults.simulation.process import Happening, KilledError, Process, Severable, What
from tests.faults.simulation.story import BrokenPromiseError, Story

STRIKES = 216
"""Bytes from here on let something strike; the others choose who is let on."""

LONGER_THAN_A_LEASE = 30.0

LONGEST_REST = 4000
"""Steps without any fault after which everything must have come to rest."""


@dataclass(eq=False, slots=True)
class Point:
    """A task that waits to be let on."""

    process: Process
    what: What
    future: "asyncio.Future[None]"
    severable: Severable | None
    mishaps: Sequence[tuple[str, Exception]]


class Scheduler:
    """The tape decides as long as it lasts. Afterwards nothing strikes any more, and all are let on in turn until the world rests.

    Args:
        tape: the decisions. The same tape makes the same story.
        strikes: what may strike now.
        at_rest: whether nothing is left to do.
        check: raises AssertionError where a promise is broken; called after every step.
    """

    def __init__(
        self, tape: bytes, *, strikes: Callable[[], Sequence[Happening]], at_rest: Callable[[], bool], check: Callable[[], None]
    ) -> None:
        self._tape = iter(tape)
        self._strikes, self._at_rest, self._check = strikes, at_rest, check
        self._points: list[Point] = []
        self._owners: dict[asyncio.Task[Any], Process] = {}
        self._next_owner: Process | None = None
        self._watched: set[asyncio.Task[Any]] = set()
        self._setting = True
        self._ended = False
        self._quiet_steps = 0
        self.healed = False
        self.story = Story()
        self.processes: list[Process] = []
        self.failure: BaseException | None = None
        self.io: Callable[[], float | None] = lambda: None
        """Seconds to wait for real sockets before the next decision; None where no answer is awaited from any."""
        self.loop = SteppedLoop(self._ask)
        self.loop.set_task_factory(self._make_task)

    def run(
        self,
        setting: Coroutine[Any, Any, None],
        finish: Callable[[], Coroutine[Any, Any, None]],
        end: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Set the scene, let the story happen, then look at how it stands, and let go of everything.

        Raises:
            BrokenPromiseError: a promise was broken; with the story.
        """
        self._finished = self.loop.create_future()
        try:
            try:
                self.loop.run_until_complete(self._tell(setting))
                self._fail()
                self.loop.run_until_complete(finish())
            except AssertionError as error:
                raise BrokenPromiseError(str(error) or "an invariant does not hold", self.story) from error
            except BaseException as error:
                error.add_note(f"The story:\n{self.story}")
                raise
        finally:
            self._close(end)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def _tell(self, setting: Coroutine[Any, Any, None]) -> None:
        await setting
        self._setting = False
        await self._finished

    async def wait(self, process: Process, what: What, severable: Severable | None, mishaps: Sequence[tuple[str, Exception]]) -> None:
        """Stand among those who wait to be let on."""
        point = Point(process, what, self.loop.create_future(), severable, mishaps)
        self._points.append(point)
        try:
            await point.future
        finally:
            if point in self._points:
                self._points.remove(point)

    @property
    def points(self) -> list[Point]:
        """Those who could be let on now."""
        return [point for point in self._points if not point.process.frozen and not point.future.done()]

    def forget(self, process: Process) -> None:
        """Nobody of this process is let on any more."""
        self._points = [point for point in self._points if point.process is not process]

    def fail_point(self, point: Point, error: Exception) -> None:
        """Let somebody on with an error in place of an answer."""
        if not point.future.done():
            point.future.set_exception(error)

    def create_task(self, work: Coroutine[Any, Any, Any], owner: Process) -> asyncio.Task[Any]:
        """The task belongs to the process, and so does whatever it starts."""
        self._next_owner = owner
        return self.loop.create_task(work)

    def watch(self, task: asyncio.Task[Any]) -> None:
        """The task must not end by an error of its own."""
        self._watched.add(task)

    def fail(self, error: AssertionError) -> None:
        """A promise is broken in the middle of the product's own code, which would take the error for one of its own."""
        self.failure = self.failure or error
        self._end()

    def _look(self, ended: asyncio.Task[Any]) -> None:
        error = None if ended.cancelled() else ended.exception()
        if error is None or isinstance(error, KilledError) or (isinstance(error, Exception) and ended not in self._watched):
            return
        if self.failure is None:
            self.failure = error
            self._end()

    def current(self) -> Process:
        """The process that acts now."""
        task = asyncio.current_task(self.loop)
        assert task is not None
        return self._owners[task]

    def tell(self, who: str, what: str) -> None:
        """Add to the story."""
        self.story.tell(self.loop.time(), who, what)

    def _make_task(self, loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **more)
        parent = asyncio.current_task(loop)
        owner = self._next_owner or (self._owners.get(parent) if parent else None)
        self._next_owner = None
        if owner is not None:
            self._owners[task] = owner
            owner.tasks.append(task)
            task.add_done_callback(self._look)
        return task

    def _ask(self) -> float:
        """The event loop has nothing to do: decide. Returns seconds for which real sockets may be waited for."""
        waiting = self.io()
        if waiting is not None:
            return waiting
        if self._setting or self._ended:
            return 0.01
        try:
            self._check()
            self._decide()
        except BaseException as error:  # noqa: BLE001  # told by run(), in the caller's own frame
            self.failure = error
            self._end()
        return 0

    def _decide(self) -> None:
        byte = next(self._tape, None)
        if byte is None:
            self._go_on_quietly()
        elif byte < STRIKES or not (strikes := self._all_strikes()):
            self._let_on(byte)
        else:
            who, what, strike = strikes[(byte - STRIKES) % len(strikes)]
            self.tell(who, what)
            strike()

    def _all_strikes(self) -> list[Happening]:
        strikes = list(self._strikes())
        if self.loop.next_timer() is not None:
            strikes += [("time", "passes", self._pass_time), ("time", "passes, more than any lease lasts", self._pass_lease)]
        frozen = [process for process in self.processes if process.alive and process.frozen]
        return strikes + [(process.name, "wakes up", process.wake) for process in frozen]

    def _go_on_quietly(self) -> None:
        if not self.healed:
            self.healed = True
            for process in self.processes:
                process.frozen = False
        if self._at_rest():
            self._end()
            return
        self._quiet_steps += 1
        assert self._quiet_steps < LONGEST_REST, "it does not come to rest"
        self._let_on(0)

    def _let_on(self, byte: int) -> None:
        if points := self.points:
            point = points[byte % len(points)]
            self.tell(point.process.name, point.what if isinstance(point.what, str) else point.what())
            self._points.remove(point)
            point.future.set_result(None)
        else:
            self._pass_time()

    def _pass_lease(self) -> None:
        self.loop.advance(self.loop.time() + LONGER_THAN_A_LEASE)

    def _pass_time(self) -> None:
        for process in self.processes:
            if not self.points and process.frozen:
                process.frozen = False  # somebody must go on
        timer = self.loop.next_timer()
        assert timer is not None or self.points, "everybody waits for somebody else"
        if timer is not None:
            self.loop.advance(timer)

    def _end(self) -> None:
        self._ended = True
        if not self._finished.done():
            self._finished.set_result(None)

    def _close(self, end: Callable[[], Coroutine[Any, Any, None]]) -> None:
        for process in self.processes:
            process.kill()
        tasks = [task for task in self._owners if not task.done()]
        if tasks:
            self._ended = True
            self.loop.run_until_complete(asyncio.wait(tasks, timeout=None))
        self.loop.run_until_complete(end())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
