"""Kill points: a process kills itself between two steps that were meant to be taken together, and is started again."""

import random
from collections.abc import Awaitable, Callable, Sequence

from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.kill_points import POINTS, of_process
from tests.faults.matrix.kill_points.control import Order, strikes
from tests.faults.matrix.kill_points.point import Point
from tests.faults.matrix.stage import Stage

PASSES_WITHIN = 60.0
"""Seconds in which a process under load comes by a point; the rarest are those of completions and withdrawals."""
RECOVERS_WITHIN = 90.0
"""Seconds in which a worker recovers what another had claimed: the lease must run out first."""
IN_SHORT_RUNS = {
    "batch-middle",
    "batch-committed",
    "relay-read",
    "relay-published",
    "mail-claimed",
    "mail-announced",
    "mail-sending",
    "mail-answered",
    "certificate-rendered",
    "admission-placed",
    "admission-committed",
}


async def fell_at(stage: Stage, process: str, order: Order, *, within: float) -> str | None:
    """Arm a point and wait until the process has fallen there. Returns what it had in hand; None where it did not come by."""
    before = len(strikes(stage.control(process)))
    stage.arm(process, str(order))
    if not await stage.fell(process, within):
        return None
    struck = strikes(stage.control(process))[before:]
    return struck[-1] if struck else None


def _strike(point: Point, processes: Sequence[str]) -> Callable[[Stage, random.Random], Awaitable[Struck]]:
    async def strike(stage: Stage, chance: random.Random) -> Struck:
        process = chance.choice(list(processes))
        in_hand = await fell_at(stage, process, Order(point.name, chance.random()), within=PASSES_WITHIN)
        await stage.restart(process)
        if in_hand is None:
            return Struck(in_flight=False, detail=f"{process} did not come by in {PASSES_WITHIN:g} s")
        return Struck(in_flight=True, detail=f"{process}, {in_hand}", part=process)

    return strike


async def _strike_recovery(stage: Stage, chance: random.Random) -> Struck:
    """A worker dies with claims in hand, and the next one dies while it frees them."""
    process = "notifications-worker"
    claimed = await fell_at(stage, process, Order("mail-claimed", chance.random()), within=PASSES_WITHIN)
    await stage.restart(process)
    if claimed is None:
        return Struck(in_flight=False, detail=f"{process} claimed nothing in {PASSES_WITHIN:g} s")
    in_hand = await fell_at(stage, process, Order("recovery", chance.random()), within=RECOVERS_WITHIN)
    await stage.restart(process)
    if in_hand is None:
        return Struck(in_flight=False, detail=f"{process} recovered nothing in {RECOVERS_WITHIN:g} s")
    return Struck(in_flight=True, detail=f"{process}, {claimed}, then {in_hand}")


def _fault(point: Point, processes: Sequence[str]) -> Fault:
    strike = _strike_recovery if point.name == "recovery" else _strike(point, processes)
    return Fault(f"kill point: {point.between}", "kill point", strike, cheap=point.name in IN_SHORT_RUNS)


def fault_at(name: str, process: str) -> Fault:
    """The fault of one point in one process."""
    return _fault(next(point for point in of_process(process) if point.name == name), [process])


FAULTS = tuple(_fault(point, point.processes) for point in POINTS)
