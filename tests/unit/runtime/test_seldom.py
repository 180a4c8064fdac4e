"""Gauges that take long to count are not counted each time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.runtime import health
from shared.runtime.health import Reading, seldom

NOW = datetime(2023, 9, 1, tzinfo=UTC)


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(("takes", "counted"), [(0.2, [1, 2, 3, 4]), (2.0, [1, 1, 1, 2])])
async def test_what_took_long_is_kept_a_hundred_times_as_long(monkeypatch: pytest.MonkeyPatch, takes: float, counted: list[int]) -> None:
    clock, times = Clock(), 0
    monkeypatch.setattr(health, "time", clock)

    async def count(_connection: Any, _now: datetime) -> Sequence[Reading]:
        nonlocal times
        times += 1
        clock.now += takes
        return [Reading("things", "Things", times)]

    gauges, found = seldom(count), []
    for wait in (0.0, 15.0, 180.0, 15.0):
        clock.now += wait
        found.append((await gauges(None, NOW))[0].value)
    assert found == counted


async def test_what_could_not_be_counted_is_tried_again() -> None:
    async def fail(_connection: Any, _now: datetime) -> Sequence[Reading]:
        raise TimeoutError

    gauges = seldom(fail)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await gauges(None, NOW)
