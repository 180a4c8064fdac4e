"""Background jobs: looked at again and again, woken early by NOTIFY, never killed by their own failures."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.runtime.telemetry import JOB_RUNS, get_logger
from shared.runtime.waiting import Activity, Backoff, Stop, is_cancelled

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something a worker repeats.

    `run` does one portion of what is there and returns True when it did something and should run again at once; that of a `thorough` job
    does all that is there. `wake_on` is a NOTIFY channel that shortens the wait; without it, or when a notification is lost, the job runs
    every `every` seconds. `gather` are the seconds that it waits once woken: what comes meanwhile is done together.
    """

    name: str
    run: Callable[[], Awaitable[bool]]
    wake_on: str | None = None
    every: float = 5.0
    gather: float = 0.0
    thorough: bool = False


async def repeat(job: Job, *, wake: asyncio.Event, stop: Stop, activity: Activity) -> None:
    """Run a job until told to stop. A failure is logged and tried again, after a wait that grows to half a minute."""
    backoff = Backoff(first=0.2, longest=30.0)
    while not stop.requested:
        wake.clear()  # before the run: a notification that comes during it counts for the next
        try:
            worked = await job.run()
        except (Exception, asyncio.CancelledError):
            if is_cancelled():
                raise
            JOB_RUNS.labels(job.name, "failed").inc()
            log.exception("job_failed", job=job.name, attempt=backoff.attempts + 1)
            await stop.wait(backoff.next())
            continue
        backoff.reset()
        if worked:
            JOB_RUNS.labels(job.name, "worked").inc()
            activity.add()
        if worked and not job.thorough:
            await asyncio.sleep(0)
            continue
        await stop.wait_or(wake, job.every)
        if job.gather and wake.is_set():
            await stop.wait(job.gather)


async def drain(tasks: Sequence[asyncio.Task[None]], *, grace: float) -> None:
    """Let tasks that were told to stop finish what they have begun, and cancel those that take longer than the grace."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace)
    for task in late:
        log.warning("cancelled_after_grace", task=task.get_name())
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
