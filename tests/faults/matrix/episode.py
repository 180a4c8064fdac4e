"""One fault: the load plays, the fault strikes at its moment and heals, the system comes to rest, and everything is compared."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.matrix.act import Act, Size
from tests.faults.matrix.examine import Examination, Examiner
from tests.faults.matrix.fault import Struck
from tests.faults.matrix.findings import NEVER_AT_REST, Category, Finding
from tests.faults.matrix.ledger import Course
from tests.faults.matrix.load import PATIENCE
from tests.faults.matrix.plan import Injection
from tests.faults.matrix.stage import Stage

LONGEST_STRIKE = 900.0
"""Seconds after which a strike that has not healed is given up: an outage of six minutes, and what comes after it."""
SIZES = (Size(6, 10, 3), Size(5, 8, 2), Size(2, 3, 1))
"""Of the workshops that live through one episode at the same time."""
ACTIONS = sum(2 + size.applicants + size.withdrawing + 1 for size in SIZES)
"""Acknowledged ones among which a strike's moment lies; check-ins and completions come on top."""
ERASES_EVERY = 3


@dataclass(frozen=True)
class Outcome:
    """How an episode went. `healthy` and `rest` are seconds from the strike until every process was ready, and until all work was done."""

    injection: Injection
    struck: Struck
    healthy: float
    rest: float
    checked: float
    took: float
    uncertain: int = 0
    findings: Sequence[Finding] = field(default_factory=list)
    usable: bool = True
    """Whether the stage can be played on; not after something was found on it, which would be found again."""


async def play(stage: Stage, injection: Injection, examiner: Examiner) -> Outcome:
    """Play one episode. What goes wrong is a finding, never an exception."""
    began = time.monotonic()
    struck, struck_at, healthy, rest = Struck(in_flight=False), began, 0.0, 0.0
    acts = _acts(stage, injection)
    load = asyncio.create_task(stage.load.play([act.play for act in acts]))
    findings: list[Finding] = []
    try:
        examiner.before(stage)
        await stage.load.reached(injection.actions)
        await asyncio.sleep(injection.pause)
        struck_at = time.monotonic()
        async with asyncio.timeout(LONGEST_STRIKE):
            struck = await injection.fault.strike(stage, injection.chance)
        await stage.healthy()
        healthy = time.monotonic() - struck_at
        findings += await _until_played(load)
        await stage.rest()
        rest = time.monotonic() - struck_at
        before_check = time.monotonic()
        courses = [act.course for act in acts if act.course.workshop_id]
        examination = await examiner.examine(stage, injection.fault, struck, courses)
        checked = time.monotonic() - before_check
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this fault led to
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
        examination, checked = Examination([Finding(Category.LOST, NEVER_AT_REST, _words(error))]), 0.0
    findings += examination.findings
    return Outcome(
        injection, struck, healthy, rest, checked, time.monotonic() - began, examination.uncertain, findings, usable=not findings
    )


async def _until_played(load: asyncio.Task[list[Course]]) -> list[Finding]:
    """Wait for the load's end. Where somebody waits in vain, say so and go on: what they wait for is missing in the comparison, too."""
    try:
        async with asyncio.timeout(PATIENCE):
            await load
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this fault led to
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
        return [Finding(Category.LOST, NEVER_AT_REST, _words(error))]
    return []


def _acts(stage: Stage, injection: Injection) -> list[Act]:
    """Workshops of their own, named by a random mark: the same seed may be played twice on one stage."""
    chance, mark = injection.play, uuid.uuid4().hex[:6]
    return [
        Act(
            stage.load,
            Course(f"course-{injection.number}-{mark}-{number}", size.capacity),
            size,
            chance,
            erases=number == 0 and injection.number % ERASES_EVERY == 0,
        )
        for number, size in enumerate(SIZES)
    ]


def _words(error: BaseException) -> str:
    """What an exception says, with those in its group."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_words(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"
