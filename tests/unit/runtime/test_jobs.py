import asyncio
import time

from shared.runtime.jobs import Job, drain, repeat
from shared.runtime.waiting import Activity, Backoff, Stop
from tests.waiting import eventually


async def test_a_job_that_worked_runs_again_at_once_and_counts() -> None:
    stop, activity, runs = Stop(), Activity(), list[int]()

    async def run() -> bool:
        runs.append(1)
        if len(runs) == 5:
            stop.request()
        return True

    await asyncio.wait_for(repeat(Job("x", run, every=600), wake=asyncio.Event(), stop=stop, activity=activity), 5)
    assert activity.count == 5


async def test_a_wake_up_during_a_run_is_not_lost() -> None:
    stop, wake, runs = Stop(), asyncio.Event(), list[int]()

    async def run() -> bool:
        runs.append(1)
        if len(runs) == 1:
            wake.set()  # committed while the first look was already under way
        else:
            stop.request()
        return False

    await asyncio.wait_for(repeat(Job("x", run, wake_on="x", every=600), wake=wake, stop=stop, activity=Activity()), 5)
    assert len(runs) == 2


async def test_a_thorough_job_that_worked_waits_for_the_next_wake_up_and_counts() -> None:
    stop, activity, wake, runs = Stop(), Activity(), asyncio.Event(), list[int]()

    async def run() -> bool:
        runs.append(1)
        return True

    task = asyncio.create_task(repeat(Job("x", run, wake_on="x", every=600, thorough=True), wake=wake, stop=stop, activity=activity))
    await eventually(lambda: runs == [1], what="the first run")
    wake.set()
    await eventually(lambda: runs == [1, 1], what="the run after the wake-up")
    stop.request()
    await asyncio.wait_for(task, 5)
    assert (len(runs), activity.count) == (2, 2)


async def test_what_wakes_a_job_while_it_gathers_is_one_run() -> None:
    stop, wake, runs = Stop(), asyncio.Event(), list[float]()

    async def run() -> bool:
        runs.append(time.monotonic())
        return False

    task = asyncio.create_task(repeat(Job("x", run, wake_on="x", every=600, gather=0.3), wake=wake, stop=stop, activity=Activity()))
    await eventually(lambda: len(runs) == 1, what="the first run")
    woken = time.monotonic()
    for _ in range(10):
        wake.set()
        await asyncio.sleep(0)
    await eventually(lambda: len(runs) == 2, what="the run after the wake-ups")
    assert runs[1] - woken >= 0.29
    assert not wake.is_set()
    stop.request()
    await asyncio.wait_for(task, 5)
    assert len(runs) == 2


async def test_a_failure_ends_neither_the_job_nor_is_it_counted_as_work() -> None:
    stop, activity, runs = Stop(), Activity(), list[int]()

    async def run() -> bool:
        runs.append(1)
        if len(runs) < 3:
            raise RuntimeError
        stop.request()
        return False

    await asyncio.wait_for(repeat(Job("x", run), wake=asyncio.Event(), stop=stop, activity=activity), 5)
    assert (len(runs), activity.count) == (3, 0)


async def test_something_cancelled_within_a_job_does_not_end_the_job() -> None:
    stop, runs = Stop(), list[int]()

    async def run() -> bool:
        runs.append(1)
        if len(runs) == 1:
            inner = asyncio.create_task(asyncio.Event().wait())
            inner.cancel()
            await inner
        stop.request()
        return False

    await asyncio.wait_for(repeat(Job("x", run), wake=asyncio.Event(), stop=stop, activity=Activity()), 5)
    assert len(runs) == 2


async def test_a_stop_interrupts_the_wait() -> None:
    stop, looked = Stop(), asyncio.Event()

    async def run() -> bool:
        looked.set()
        return False

    task = asyncio.create_task(repeat(Job("x", run, every=600), wake=asyncio.Event(), stop=stop, activity=Activity()))
    await looked.wait()
    stop.request()
    await asyncio.wait_for(task, 5)


async def test_what_takes_longer_than_the_grace_is_cancelled() -> None:
    finished = list[str]()

    async def quick() -> None:
        await asyncio.sleep(0)
        finished.append("quick")

    async def endless() -> None:
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(quick()), asyncio.create_task(endless(), name="endless")]
    await drain(tasks, grace=0.05)
    assert finished == ["quick"]
    assert tasks[1].cancelled()


def test_the_wait_doubles_up_to_its_cap() -> None:
    backoff = Backoff(first=1, longest=10)
    waits = [backoff.next() for _ in range(50)]
    for wait, longest in zip(waits, [1, 2, 4, 8, *[10] * 46], strict=True):
        assert longest / 2 <= wait <= longest
    backoff.reset()
    assert backoff.next() <= 1
