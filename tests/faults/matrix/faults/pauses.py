"""Processes that stand still at a chosen point, longer than their lease, and then go on as if nothing had happened."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

import psutil

from tests.faults.matrix.beside import beside
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.kill_points.control import PAUSE, Order, strikes
from tests.faults.matrix.stage import Stage
from tests.waiting import eventually

PASSES_WITHIN = 60.0
LEASES_LAST = 8.0
"""Seconds after which the longest lease of this stage has run out."""


def paused_at(point: str, process: str) -> Callable[[Stage, random.Random], Awaitable[Struck]]:
    """Another process of the kind is there, and does meanwhile what the paused one had begun."""

    async def strike(stage: Stage, chance: random.Random) -> Struck:
        seconds = LEASES_LAST * chance.uniform(1.3, 2.0)
        worker, folder = stage.system.process(process), stage.control(process)
        async with beside(stage, process):
            before = len(strikes(folder))
            stage.arm(process, str(Order(point, chance.random(), PAUSE)))
            try:
                await eventually(lambda: _stands_still(worker.pid), within=PASSES_WITHIN, what=f"{process} comes by")
            except AssertionError:
                stage.disarm(process)
                await worker.kill(signal.SIGCONT)  # should it have come by at this very moment
                return Struck(in_flight=False, detail=f"{process} did not come by in {PASSES_WITHIN:g} s")
            try:
                await asyncio.sleep(seconds)
            finally:
                await worker.kill(signal.SIGCONT)
            await worker.ready()
            in_hand = strikes(folder)[before:]
        return Struck(bool(in_hand), f"{process} for {seconds:.0f} s, {', '.join(in_hand)}")

    return strike


def _stands_still(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


CLAIMED = Fault(
    "notifications paused between claim and composing",
    "worker",
    paused_at("mail-claimed", "notifications-worker"),
    cheap=False,
    opens_window=True,
)
RENDERED = Fault(
    "certificates paused between rendering and storing", "worker", paused_at("certificate-rendered", "certificates-worker"), cheap=False
)
READ = Fault("relay paused between commit and publish", "worker", paused_at("relay-read", "registration-worker"), cheap=False)
FAULTS = (CLAIMED, RENDERED, READ)
