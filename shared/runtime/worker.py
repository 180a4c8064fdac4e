"""The worker process of a service: consumers, relay, jobs and health, with a drain when it stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from starlette.applications import Starlette

from shared.runtime.batches import BatchProcessor
from shared.runtime.clock import Clock, OffsetFileClock, create_clock
from shared.runtime.consuming import Consuming
from shared.runtime.consumption import Consumers
from shared.runtime.database import Connection, Pool, create_pool
from shared.runtime.health import Gauges, database_problem
from shared.runtime.jobs import Job, drain, repeat
from shared.runtime.lag import LagMonitor, Positions
from shared.runtime.listening import Listener
from shared.runtime.maintenance import maintenance
from shared.runtime.outbox import CHANNEL
from shared.runtime.relay import Relay
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import configure_logging, get_logger
from shared.runtime.tracing import recording
from shared.runtime.waiting import Activity, Stop, is_cancelled
from shared.runtime.worker_health import worker_routes

log = get_logger(__name__)

S = TypeVar("S", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class WorkerContext(Generic[S]):
    """What jobs are made from.

    `positions`: how far the service has read each partition; LagUnknownError if nobody knows. `stop` is requested when the process is
    to finish what it has begun.
    """

    settings: S
    pool: Pool
    clock: Clock
    positions: Positions
    stop: Stop


@dataclass(frozen=True, slots=True)
class Due:
    """Business work that is due and not done, and the business moment when the next falls due (aware), if one is known."""

    count: int
    next: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A running worker's parts; `app.state.worker` while it runs."""

    service: str
    pool: Pool
    clock: Clock
    lag: LagMonitor
    relay: Relay
    activity: Activity


def create_worker(
    settings: S,
    *,
    service: str,
    consumers: Consumers,
    jobs: Callable[[WorkerContext[S]], Sequence[Job]],
    due: Callable[[Connection, datetime], Awaitable[Due]],
    gauges: Gauges | None = None,
) -> Starlette:
    """Make a service's worker.

    Args:
        settings: of the process.
        service: its name.
        consumers: its handlers.
        jobs: makes its jobs, once the pool exists.
        due: counts business work that is due at a business time, in an open connection.
        gauges: figures of its own for `/metrics`.

    Returns:
        An ASGI application; its lifespan starts everything and drains at the end.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        configure_logging(settings, service)
        async with recording(settings, service, process="worker"):
            stop, activity, clock = Stop(), Activity(), create_clock(settings)
            pool = await create_pool(settings, application_name=f"{service}-worker")
            lag = LagMonitor(settings, consumers)
            listener = Listener(settings, application_name=f"{service}-listener", stop=stop)
            relay = Relay(settings, service=service, wake=listener.wake(CHANNEL), stop=stop, activity=activity)
            processor = BatchProcessor(consumers, pool=pool, clock=clock, stop=stop, activity=activity)

            async def ready() -> bool:
                return await database_problem(pool, service) is None

            consuming = Consuming(settings, consumers, processor=processor, lag=lag, stop=stop, ready=ready)
            app.state.worker = WorkerState(service, pool, clock, lag, relay, activity)
            work = {"listener": listener.run, "relay": relay.run, "consuming": consuming.run}
            if isinstance(clock, OffsetFileClock):
                work["clock"] = _ClockWatch(clock, listener, stop).run
            tasks = [asyncio.create_task(_unending(name, run, stop), name=name) for name, run in work.items()]
            for job in (*jobs(WorkerContext(settings, pool, clock, lag.positions, stop)), maintenance(settings, pool)):
                wake = listener.wake(job.wake_on)
                tasks.append(asyncio.create_task(_after_schema(ready, stop, job, wake, activity), name=f"job {job.name}"))
            log.info("worker_started")
            try:
                yield
            finally:
                stop.request()
                await drain(tasks, grace=settings.grace_seconds)
                await lag.close()
                await _close(pool)
                log.info("worker_stopped")

    return Starlette(routes=worker_routes(due, gauges), lifespan=lifespan)


async def _unending(name: str, run: Callable[[], Awaitable[None]], stop: Stop) -> None:
    """Run a part of the worker again should it ever end by itself: nothing may die silently."""
    while not stop.requested:
        try:
            await run()
        except (Exception, asyncio.CancelledError):
            if is_cancelled():
                raise
            log.exception("part_failed", part=name)
        if not stop.requested:
            await stop.wait(1.0)


async def _after_schema(ready: Callable[[], Awaitable[bool]], stop: Stop, job: Job, wake: asyncio.Event, activity: Activity) -> None:
    while not stop.requested:
        if await ready():
            await repeat(job, wake=wake, stop=stop, activity=activity)
        else:
            await stop.wait(0.5)


async def _close(pool: Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), timeout=3.0)
    except TimeoutError:
        pool.terminate()


class _ClockWatch:
    """Wakes the jobs when business time is moved, so that what fell due is done at once."""

    def __init__(self, clock: OffsetFileClock, listener: Listener, stop: Stop) -> None:
        self._clock, self._listener, self._stop = clock, listener, stop

    async def run(self) -> None:
        seen = self._clock.offset
        while not await self._stop.wait(0.1):
            if (offset := self._clock.offset) != seen:
                seen = offset
                self._listener.wake_all()
