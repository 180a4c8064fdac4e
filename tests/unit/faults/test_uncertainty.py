"""A message may be uncertain only where something stood between its text and the answer."""

import random

import pytest

from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.uncertainty import FALLS, SENDERS, excused

IN_HAND = SENDERS * FALLS


async def _strike(_stage: Stage, _chance: random.Random) -> Struck:
    raise AssertionError("nothing is struck here")


def fault(group: str, *, opens_window: bool = True) -> Fault:
    return Fault("a fault", group, _strike, opens_window=opens_window)


@pytest.mark.parametrize(
    ("group", "part", "new", "doubtful", "fell", "allowed"),
    [
        ("smtp", "", {1, 2}, {1, 5}, False, {1}),
        ("network", "notifications", {1}, set[int](), False, set[int]()),
        ("kill", "", {1}, set[int](), False, set[int]()),
        ("kill", "", set(range(IN_HAND)), set[int](), True, set(range(IN_HAND))),
        ("kill", "", set(range(IN_HAND + 1)), {0}, True, set(range(IN_HAND + 1))),
        ("kill", "", set(range(IN_HAND + 1)), set[int](), True, set[int]()),
        ("kill", "", set(range(IN_HAND + 2)), {0}, True, {0}),
        ("worker", "notifications", set(range(50)), set[int](), False, set(range(50))),
        ("worker", "", {1}, set[int](), False, {1}),
        ("worker", "registration", {1}, set[int](), False, set[int]()),
    ],
    ids=[
        "what the mail server was asked to take",
        "nothing on the wire",
        "the process is the same",
        "all it had in hand",
        "what the wire explains is not counted",
        "more than it had in hand",
        "more than it had in hand, and some on the wire",
        "frozen",
        "frozen, and nobody drawn by lot",
        "another service was frozen",
    ],
)
def test_what_explains_an_uncertain_message(
    *, group: str, part: str, new: set[int], doubtful: set[int], fell: bool, allowed: set[int]
) -> None:
    assert excused(new, doubtful, fault=fault(group), struck=Struck(in_flight=True, part=part), fell=fell) == allowed


def test_a_fault_that_opens_no_window_explains_nothing_by_itself() -> None:
    struck = Struck(in_flight=True, part="notifications")
    assert excused({1}, set(), fault=fault("worker", opens_window=False), struck=struck, fell=False) == set()
