"""Durations are mostly short, and stay within their bounds."""

import random
from statistics import median

from tests.faults.matrix.durations import log_uniform


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # repeatable on purpose


def test_an_outage_is_mostly_short() -> None:
    chance = seeded(7)
    drawn = [log_uniform(chance, 5, 360) for _ in range(2000)]
    assert min(drawn) >= 5
    assert max(drawn) <= 360
    assert 35 < median(drawn) < 52  # the middle of the orders of magnitude, not of the seconds


def test_the_same_seed_draws_the_same() -> None:
    assert log_uniform(seeded(3), 1, 9) == log_uniform(seeded(3), 1, 9)


def test_without_room_it_is_the_shortest() -> None:
    assert log_uniform(seeded(1), 5, 2) == 5
