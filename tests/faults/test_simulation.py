"""Thousands of schedules of the product's own code against databases in memory, and defects that they find."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from tests.faults.simulation import certificates_world, defects, messages_world
from tests.faults.simulation.admission_world import AdmissionWorld, Plan
from tests.faults.simulation.certificates_world import Attendants, CertificatesWorld
from tests.faults.simulation.in_memory import statements
from tests.faults.simulation.in_memory.backend import MemoryBackend
from tests.faults.simulation.messages_world import MessagesWorld, People
from tests.faults.simulation.story import BrokenPromiseError

APPLICANTS = st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=2, max_size=4).map(tuple)
PLANS = st.builds(Plan, capacity=st.integers(1, 2), applicants=APPLICANTS)
PEOPLE = st.builds(People, st.lists(st.sampled_from(list(messages_world.lives())), min_size=1, max_size=3).map(tuple))
ATTENDANTS = st.builds(Attendants, st.lists(st.sampled_from(list(certificates_world.lives())), min_size=1, max_size=2).map(tuple))
TAPES = st.binary(max_size=250)

ADMISSION = st.tuples(PLANS, TAPES)
MESSAGES = st.tuples(PEOPLE, st.binary(min_size=100, max_size=500))
CERTIFICATES = st.tuples(ATTENDANTS, st.binary(min_size=100, max_size=700))
"""A tape is about as long as the story that it strikes."""
SCHEDULES = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None, report_multiple_bugs=False, max_examples=800)

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


def breaks(making: Making, schedule: Schedule) -> str:
    """Which promise a schedule breaks, with its story; empty if none."""
    try:
        making(*schedule, MemoryBackend()).run()
    except BrokenPromiseError as broken:
        return str(broken)
    return ""


CASES = [
    *((AdmissionWorld, ADMISSION, name, *case) for name, case in defects.IN_ADMISSION.items()),
    *((MessagesWorld, MESSAGES, name, *case) for name, case in defects.IN_MESSAGES.items()),
    *((CertificatesWorld, CERTIFICATES, name, *case) for name, case in defects.IN_CERTIFICATES.items()),
]


@pytest.mark.parametrize(
    ("making", "schedules", "_name", "defect", "words"), CASES, ids=[f"{case[0].__name__}: {case[2]}" for case in CASES]
)
def test_a_planted_defect_is_found(making: Making, schedules: Any, _name: str, defect: defects.Defect, words: str) -> None:
    with defect():
        try:
            found = find(
                schedules,
                lambda schedule: bool(breaks(making, schedule)),
                settings=settings(SCHEDULES, max_examples=1000, phases=[Phase.generate]),
            )
        except NoSuchExample:
            pytest.fail("no schedule showed it")
        told = breaks(making, found)
    assert words in told.partition("\n")[0]
    assert not breaks(making, found), "the same schedule is harmless without the defect"


def test_the_same_tape_tells_the_same_story() -> None:
    stories = []
    for _ in range(2):
        world = AdmissionWorld(Plan(1, ((1, True), (2, False), (1, False))), bytes(range(0, 250, 3)) * 2, MemoryBackend())
        world.run()
        stories.append(str(world.scheduler.story))
    assert stories[0] == stories[1]
    assert "web 1 locks the workshop" in stories[0]


def test_a_broken_promise_is_told_in_as_few_steps_as_can_be() -> None:
    with defects.published_before_confirmed():
        shortest = find(ADMISSION, lambda schedule: bool(breaks(AdmissionWorld, schedule)), settings=settings(SCHEDULES, max_examples=150))
        promise, _, story = breaks(AdmissionWorld, shortest).partition("\n\nThe story:\n")
    assert promise.startswith("never published")
    assert story.splitlines()[0].lstrip().startswith("1. ")


def test_each_statement_is_the_one_that_its_twin_was_written_for() -> None:
    assert not statements.outdated()
