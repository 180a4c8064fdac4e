from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.embedded.status import Status
from deploy.embedded.test_clock import NotQuietError, OffsetClock


class Workers:
    """Three workers whose work falls due at given moments and takes a few looks to be done."""

    def __init__(self, *, due: list[datetime], looks: int = 2) -> None:
        self.clock: OffsetClock
        self.waiting = sorted(due)
        self.done_at: list[datetime] = []
        self.looks = looks
        self.left = looks
        self.activity = 0

    async def __call__(self) -> Mapping[str, Status | None]:
        now = self.clock.now()
        due = [moment for moment in self.waiting if moment <= now]
        if due:
            self.left -= 1
            if self.left == 0:
                self.waiting.remove(due[0])
                self.done_at.append(now)
                self.activity += 1
                self.left = self.looks
        upcoming = [moment for moment in self.waiting if moment > now]
        busy = Status("notifications", 0, 0, len(due), min(upcoming, default=None), self.activity)
        return {"registration": Status("registration", 0, 0, 0, None, 0), "notifications": busy}


def make_clock(tmp_path: Path, workers: Workers, patience: float = 5) -> OffsetClock:
    workers.clock = OffsetClock(tmp_path / "offset", workers, patience=patience)
    return workers.clock


async def test_every_due_time_on_the_way_is_a_stop(tmp_path: Path) -> None:
    start = datetime(2023, 10, 1, 7, tzinfo=UTC)
    due = [start + timedelta(days=days) for days in (2, 9, 28)]
    workers = Workers(due=due)
    clock = make_clock(tmp_path, workers)
    clock.start_at(start)

    await clock.advance_to(start + timedelta(days=20))

    assert len(workers.done_at) == 2
    for planned, done in zip(due, workers.done_at, strict=False):
        assert timedelta() <= done - planned < timedelta(minutes=1)
    assert timedelta() <= clock.now() - (start + timedelta(days=20)) < timedelta(minutes=1)
    assert workers.waiting == due[2:]


async def test_a_service_that_never_rests_is_named_and_time_stands_still(tmp_path: Path) -> None:
    start = datetime(2023, 10, 1, 7, tzinfo=UTC)
    workers = Workers(due=[start], looks=10**9)
    clock = make_clock(tmp_path, workers, patience=0.3)
    clock.start_at(start)
    with pytest.raises(NotQuietError, match=r"notifications: 0 to publish, 0 to read, 1 due"):
        await clock.advance_to(start + timedelta(days=1))
    assert clock.now() < start + timedelta(minutes=1)


async def test_a_worker_that_does_not_answer_is_named(tmp_path: Path) -> None:
    async def read() -> Mapping[str, Status | None]:
        return {"certificates": None}

    with pytest.raises(NotQuietError, match="certificates: its worker does not answer"):
        await OffsetClock(tmp_path / "offset", read, patience=0.3).settle()


async def test_activity_between_two_looks_is_not_rest(tmp_path: Path) -> None:
    looks = 0

    async def read() -> Mapping[str, Status | None]:
        nonlocal looks
        looks += 1
        return {"registration": Status("registration", 0, 0, 0, None, activity=min(looks, 4))}

    await OffsetClock(tmp_path / "offset", read).settle()
    assert looks == 5


async def test_time_does_not_go_back(tmp_path: Path) -> None:
    clock = make_clock(tmp_path, Workers(due=[]), patience=1)
    with pytest.raises(ValueError, match="in the past"):
        await clock.advance_to(datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        await clock.advance_to(datetime(2100, 1, 1))  # noqa: DTZ001 - the mistake under test
