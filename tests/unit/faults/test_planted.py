"""When a planted defect counts as caught."""

import pytest

from tests.faults.matrix.catalogue import all_faults
from tests.faults.matrix.defects import DEFECTS
from tests.faults.matrix.episode import Outcome
from tests.faults.matrix.fault import Struck
from tests.faults.matrix.findings import NEVER_AT_REST, Category, Finding
from tests.faults.matrix.plan import draw
from tests.faults.matrix.planted import TARGETS, decisive

LOST, OVERSOLD = (Finding(category, "one side", "another") for category in (Category.LOST, Category.OVERSOLD))
ENDLESS = Finding(Category.LOST, NEVER_AT_REST, "TimeoutError")
NOTHING_THERE = Finding(Category.LOST, "registration 1 is owed 1 confirmation", "notifications has none")


def outcome(*findings: Finding) -> Outcome:
    [injection] = draw(TARGETS["lease-without-fencing"].faults, 1, seed=1, actions=1)
    return Outcome(injection, Struck(in_flight=True), healthy=1.0, rest=1.0, checked=0.0, took=1.0, findings=findings)


def test_every_defect_has_faults_that_should_catch_it() -> None:
    assert set(TARGETS) == {defect.name for defect in DEFECTS}
    assert all(target.faults and target.as_what for target in TARGETS.values())


@pytest.mark.parametrize(
    ("seen", "caught"),
    [
        (outcome(), None),
        (outcome(OVERSOLD), None),
        (outcome(OVERSOLD, LOST), LOST),
        (outcome(ENDLESS), None),
        (outcome(ENDLESS, LOST), None),
        (outcome(ENDLESS, LOST, NOTHING_THERE), NOTHING_THERE),
    ],
    ids=[
        "nothing",
        "something else",
        "among others",
        "never at rest",
        "never at rest, and somebody cut off",
        "never at rest, and it is seen why",
    ],
)
def test_only_what_the_defect_does_shows_it(seen: Outcome, caught: Finding | None) -> None:
    assert decisive(seen, frozenset({Category.LOST})) == caught


def test_what_should_catch_a_defect_strikes_in_every_long_run() -> None:
    there = {fault.kind for fault in all_faults()}
    assert {fault.kind for target in TARGETS.values() for fault in target.faults} <= there
