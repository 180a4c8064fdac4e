"""The matrix against a product with a defect: which fault catches it, and how soon. One that stays uncaught is a hole in the matrix."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.matrix.caught import Caught
from tests.faults.matrix.defects import DEFECTS
from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.episode import Outcome
from tests.faults.matrix.fault import Fault
from tests.faults.matrix.faults import events, pauses
from tests.faults.matrix.faults.kill_points import fault_at
from tests.faults.matrix.findings import NEVER_AT_REST, Category, Finding
from tests.faults.matrix.rivals import TWO_WEB_PROCESSES
from tests.faults.matrix.run import Run

STRIKES = 12
"""Of the faults that should catch a defect; one that has survived them is uncaught."""
SECONDS = 900.0

REPEATED = next(fault for fault in events.FAULTS if fault.strike is events.repeated)


@dataclass(frozen=True, slots=True)
class Target:
    """What should catch a defect, and as what: anything else that is found meanwhile, as on a machine that is too slow, proves nothing."""

    faults: Sequence[Fault]
    as_what: frozenset[Category]


TARGETS: Mapping[str, Target] = {
    "inbox-and-key-skipped": Target([fault_at("batch-committed", "notifications-worker"), REPEATED], frozenset({Category.DUPLICATED})),
    "acknowledged-before-commit": Target(
        [fault_at("batch-middle", "notifications-worker")], frozenset({Category.LOST, Category.DISAGREEMENT})
    ),
    "lease-without-fencing": Target([pauses.CLAIMED], frozenset({Category.DUPLICATED})),
    "sending-not-committed": Target(
        [fault_at("mail-answered", "notifications-worker")], frozenset({Category.DUPLICATED, Category.DISAGREEMENT})
    ),
    "outbox-outside-transaction": Target([fault_at("admission-placed", "registration-web")], frozenset({Category.DISAGREEMENT})),
    "relay-without-leader": Target([pauses.READ], frozenset({Category.DISAGREEMENT})),
    "capacity-without-lock": Target([TWO_WEB_PROCESSES], frozenset({Category.OVERSOLD, Category.DISAGREEMENT})),
}


async def catch(defect: Defect, *, seed: int, tell: Callable[[Outcome], None] = lambda _outcome: None) -> Caught:
    """Play on stages with the defect until it is caught, or enough has struck."""
    target, began, struck, attempt = TARGETS[defect.name], time.monotonic(), 0, 0
    while struck < STRIKES and time.monotonic() - began < SECONDS:
        run = Run(
            target.faults,
            STRIKES - struck,
            seed + attempt,
            seconds=SECONDS - (time.monotonic() - began),
            defect=(defect.name, defect.process),
            stop_at_finding=True,
            tell=lambda outcome, _report: tell(outcome),
        )
        await run.play()
        attempt += 1
        struck += sum(outcome.struck.in_flight for outcome in run.outcomes)
        for outcome in run.outcomes:
            if (found := decisive(outcome, target.as_what)) is not None:
                return _row(defect, outcome.injection.fault.kind, struck, began, str(found))
    return _row(defect, "", struck, began, "nothing was found")


def decisive(outcome: Outcome, as_what: frozenset[Category]) -> Finding | None:
    """The finding that shows the defect. That an episode came to no end shows nothing: a machine that is too slow does that.

    Then people were also cut off in the middle of what they did, so that the ledger may say less than was done. What counts in such an
    episode is only that nothing at all is there of something that was acknowledged.
    """
    endless = any(one.one_side == NEVER_AT_REST for one in outcome.findings)
    shown = (one for one in outcome.findings if one.category in as_what and one.one_side != NEVER_AT_REST)
    return next((one for one in shown if not endless or one.other_side.endswith("has none")), None)


async def catch_all(*, seed: int, tell: Callable[[Caught], None] = lambda _caught: None) -> list[Caught]:
    """Each defect in turn."""
    rows = []
    for defect in DEFECTS:
        rows.append(await catch(defect, seed=seed))
        tell(rows[-1])
    return rows


def _row(defect: Defect, kind: str, struck: int, began: float, what: str) -> Caught:
    return Caught(defect=defect.what, caught_by=kind, after_faults=struck, seconds=round(time.monotonic() - began, 1), what=what)
