"""Thousands of schedules of the product's own code against databases in memory, and defects that they find."""

import os
import random
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from tests.faults.simulation import admission_promises, certificates_world, defects, messages_world
from tests.faults.simulation.admission_world import AdmissionWorld, Plan
from tests.faults.simulation.certificates_world import Attendants, CertificatesWorld
from tests.faults.simulation.defects.admission import capacity_read_without_lock
from tests.faults.simulation.defects.reading import acknowledged_before_commit
from tests.faults.simulation.in_memory import statements
from tests.faults.simulation.in_memory.backend import MemoryBackend
from tests.faults.simulation.messages_world import MessagesWorld, People
from tests.faults.simulation.scheduler import STRIKES
from tests.faults.simulation.story import BrokenPromiseError

APPLICANTS = st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=2, max_size=4).map(tuple)
PLANS = st.builds(Plan, capacity=st.integers(1, 2), applicants=APPLICANTS)
PEOPLE = st.builds(People, st.lists(st.sampled_from(list(messages_world.lives())), min_size=1, max_size=3).map(tuple))
ATTENDANTS = st.builds(Attendants, st.lists(st.sampled_from(list(certificates_world.lives())), min_size=1, max_size=2).map(tuple))
TAPES = st.binary(max_size=250)

ADMISSION = st.tuples(PLANS, TAPES)
MESSAGES = st.tuples(PEOPLE, st.binary(min_size=100, max_size=500))
"""A tape is about as long as the story that it strikes."""


def calmed(tape: bytes, limit: int) -> bytes:
    """The tape with only those strikes whose byte before is below the limit: of 256, so many are left."""
    before = (0, *tape)
    return bytes(byte if byte < STRIKES or last < limit else byte % STRIKES for last, byte in zip(before, tape, strict=False))


CERTIFICATES = st.tuples(ATTENDANTS, st.builds(calmed, st.binary(min_size=300, max_size=1000), st.sampled_from((16, 64, 256))))
"""It takes many steps to a certificate: struck all the time, hardly any story gets there before its tape ends."""
EXPLORE = os.environ.get("ATELIER_EXPLORE") == "1"
"""New schedules each time. Otherwise the same ones: a change is judged by what the change before it was judged by."""
SCHEDULES = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=not EXPLORE,
    report_multiple_bugs=False,
    max_examples=800,
)

Schedule = tuple[Any, bytes]
Making = Callable[[Any, bytes, MemoryBackend], Any]


@SCHEDULES
@given(ADMISSION)
def test_admission_to_effect(schedule: Schedule) -> None:
    AdmissionWorld(*schedule, MemoryBackend()).run()


@settings(SCHEDULES, max_examples=400)
@given(MESSAGES)
def test_facts_to_mails(schedule: Schedule) -> None:
    MessagesWorld(*schedule, MemoryBackend()).run()


@settings(SCHEDULES, max_examples=200)
@given(CERTIFICATES)
def test_attendance_to_certificates(schedule: Schedule) -> None:
    CertificatesWorld(*schedule, MemoryBackend()).run()


def breaks(making: Making, schedule: Schedule, backend: type[MemoryBackend] = MemoryBackend) -> str:
    """Which promise a schedule breaks, with its story; empty if none."""
    try:
        making(*schedule, backend()).run()
    except BrokenPromiseError as broken:
        return str(broken)
    return ""


def admission(chance: random.Random) -> Schedule:
    applicants = tuple((chance.randint(1, 3), chance.random() < 0.5) for _ in range(chance.randint(2, 4)))
    return Plan(chance.randint(1, 2), applicants), chance.randbytes(chance.randint(0, 250))


def messages(chance: random.Random) -> Schedule:
    people = tuple(chance.choice(list(messages_world.lives())) for _ in range(chance.randint(1, 3)))
    return People(people), chance.randbytes(chance.randint(100, 600))


def certificates(chance: random.Random) -> Schedule:
    """Struck less often than the others: a certificate takes many steps, and what is struck all the time does not get there."""
    life = chance.choice([life for life in certificates_world.lives() if life[-1] == "attended"])
    often = chance.choice((0.016, 0.03))
    tape = (
        chance.randrange(STRIKES, 256) if chance.random() < often else chance.randrange(STRIKES) for _ in range(chance.randint(300, 800))
    )
    return Attendants((life,)), bytes(tape)


CASES = {
    **{f"admission: {name}": (AdmissionWorld, admission, *case) for name, case in defects.IN_ADMISSION.items()},
    **{f"messages: {name}": (MessagesWorld, messages, *case) for name, case in defects.IN_MESSAGES.items()},
    **{f"certificates: {name}": (CertificatesWorld, certificates, *case) for name, case in defects.IN_CERTIFICATES.items()},
}
MOST_SEEDS = 1000


@pytest.mark.parametrize("name", CASES)
def test_a_planted_defect_is_found(name: str) -> None:
    making, draw, defect, words = CASES[name]
    with defect():
        schedules = (draw(random.Random(seed)) for seed in range(MOST_SEEDS))  # noqa: S311 - the same in every run
        found = next((schedule for schedule in schedules if words in breaks(making, schedule).partition("\n")[0]), None)
    assert found is not None, f"none of {MOST_SEEDS} schedules broke the promise that {words!r} is said of"
    assert not breaks(making, found), "the same schedule is harmless without the defect"


class OnlyTheEnd(MemoryBackend):
    """Of which nothing can be seen before the end, as of a real server."""

    def changes(self) -> int:
        return -1


def test_too_many_at_once_are_noticed_after_all_have_left() -> None:
    def leavers(chance: random.Random) -> Schedule:
        return Plan(1, tuple((number, True) for number in range(chance.randint(2, 4)))), chance.randbytes(chance.randint(0, 250))

    def oversold(schedule: Schedule) -> bool:
        return "oversold meanwhile" in breaks(AdmissionWorld, schedule, OnlyTheEnd).partition("\n")[0]

    with capacity_read_without_lock():
        schedules = (leavers(random.Random(seed)) for seed in range(MOST_SEEDS))  # noqa: S311 - the same in every run
        found = next(filter(oversold, schedules), None)
        assert found is not None
        with patch.object(admission_promises, "check_history", lambda *_rows: None):
            assert not breaks(AdmissionWorld, found, OnlyTheEnd), "the end alone is innocent"
    assert not breaks(AdmissionWorld, found, OnlyTheEnd)


def test_the_same_tape_tells_the_same_story() -> None:
    stories = []
    for _ in range(2):
        world = AdmissionWorld(Plan(1, ((1, True), (2, False), (1, False))), bytes(range(0, 250, 3)) * 2, MemoryBackend())
        world.run()
        stories.append(str(world.scheduler.story))
    assert stories[0] == stories[1]
    assert "web 1 locks the workshop" in stories[0]


def test_a_broken_promise_is_told_in_few_steps() -> None:
    tried: dict[Schedule, bool] = {}

    def broken(schedule: Schedule) -> bool:
        if schedule not in tried:
            tried[schedule] = len(tried) < MOST_SEEDS and bool(breaks(AdmissionWorld, schedule))
        return tried[schedule]

    with acknowledged_before_commit():
        shortest = find(ADMISSION, broken, settings=settings(SCHEDULES, max_examples=200))
        promise, _, story = breaks(AdmissionWorld, shortest).partition("\n\nThe story:\n")
    assert "had no effect" in promise
    assert story.splitlines()[0].lstrip().startswith("1. ")


def test_each_statement_is_the_one_that_its_twin_was_written_for() -> None:
    assert not statements.outdated()
