"""The matrix against a product with a defect: which fault catches it, and how soon. One that stays uncaught is a hole in the matrix."""

import time
from collections.abc import Callable, Mapping, Sequence

from tests.faults.matrix.caught import Caught
from tests.faults.matrix.defects import DEFECTS
from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.fault import Fault
from tests.faults.matrix.faults import pauses
from tests.faults.matrix.faults.kill_points import fault_at
from tests.faults.matrix.rivals import rush
from tests.faults.matrix.run import Run

STRIKES = 12
"""Of the faults that should catch a defect; one that has survived them is uncaught."""
SECONDS = 600.0

TARGETED: Mapping[str, Sequence[Fault]] = {
    "inbox-and-key-skipped": [fault_at("batch-committed", "notifications-worker")],
    "acknowledged-before-commit": [fault_at("batch-middle", "notifications-worker")],
    "lease-without-fencing": [pauses.CLAIMED],
    "sending-not-committed": [fault_at("mail-answered", "notifications-worker")],
    "outbox-outside-transaction": [fault_at("admission-placed", "registration-web")],
    "relay-without-leader": [pauses.READ],
    "capacity-without-lock": [Fault("two web processes, one workshop", "kill", rush)],
}
"""By defect, the faults of the matrix that should catch it."""


async def catch(defect: Defect, *, seed: int) -> Caught:
    """Play on stages with the defect until something is found, or enough has struck."""
    began = time.monotonic()
    run = Run(TARGETED[defect.name], STRIKES, seed, seconds=SECONDS, defect=(defect.name, defect.process), stop_at_finding=True)
    await run.play()
    struck = sum(outcome.struck.in_flight for outcome in run.outcomes)
    found = next((outcome for outcome in run.outcomes if outcome.findings), None)
    return Caught(
        defect=defect.what,
        caught_by=found.injection.fault.kind if found else "",
        after_faults=struck,
        seconds=round(time.monotonic() - began, 1),
        what=str(found.findings[0]) if found else "nothing was found",
    )


async def catch_all(*, seed: int, tell: Callable[[Caught], None] = lambda _caught: None) -> list[Caught]:
    """Each defect in turn."""
    rows = []
    for defect in DEFECTS:
        rows.append(await catch(defect, seed=seed))
        tell(rows[-1])
    return rows
