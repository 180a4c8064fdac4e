"""Links between any two parts that are cut, delayed, halved, stalled, or refused."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from deploy.embedded.databases import SERVICES
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.link import Link, Way

if TYPE_CHECKING:
    from tests.faults.matrix.stage import Stage

MET_WITHIN = 20.0
"""Seconds in which the bytes that are waited for must have passed once there is work."""


@dataclass(frozen=True)
class Plan:
    """What is left to chance, drawn before anything happens, so that the same seed strikes the same way whatever it meets.

    Args:
        chunks: bytes are seen so often on their way to the server before it strikes.
        way: for a stall and for halving.
        lasts: seconds until it is healed.
        times: how often it is cut or halved.
        reset: whether connections end by a reset.
        wait: seconds that each chunk is delayed, and up to as many more.
        abandoned: whether connections that were stalled stay silent for ever, while new ones are carried.
    """

    chunks: int
    way: Way
    lasts: float
    times: int
    reset: bool
    wait: float
    abandoned: bool


def draw(chance: random.Random) -> Plan:
    """Mostly a second or two, six at most."""
    return Plan(
        chunks=chance.randint(1, 12),
        way=chance.choice((Way.TO_SERVER, Way.TO_CLIENT, Way.BOTH)),
        lasts=round(min(6.0, 0.5 + chance.expovariate(0.6)), 2),
        times=chance.randint(1, 4),
        reset=chance.random() < 0.5,  # as often as not
        wait=round(chance.uniform(0.02, 0.4), 3),
        abandoned=chance.random() < 0.3,  # now and then: it takes until the client's patience ends
    )


async def cut(link: Link, plan: Plan) -> str:
    """End all connections at once, and again while they come back."""
    ended = link.cut(reset=plan.reset)
    for _ in range(plan.times - 1):
        await asyncio.sleep(plan.lasts / plan.times)
        await link.next_chunk(within=plan.lasts / plan.times)
        ended += link.cut(reset=plan.reset)
    return f"{ended} connections in {plan.times} cuts{', by reset' if plan.reset else ''}"


async def delay(link: Link, plan: Plan) -> str:
    """Hold every chunk back."""
    link.delay(plan.wait, jitter=plan.wait)
    await asyncio.sleep(plan.lasts)
    return f"{plan.wait:g} to {2 * plan.wait:g} s each chunk, for {plan.lasts:g} s"


async def halve(link: Link, plan: Plan) -> str:
    """Let half of a chunk through, and end its connection."""
    before = link.halved
    link.halve(plan.way, times=plan.times)
    for _ in range(plan.times):
        if link.halved - before < plan.times and not await link.next_chunk(plan.way, within=plan.lasts):
            break
    return f"{link.halved - before} chunks {_words(plan.way)}"


async def stall(link: Link, plan: Plan) -> str:
    """Accept connections, keep them, and carry nothing."""
    link.stall(plan.way)
    await asyncio.sleep(plan.lasts)
    if plan.abandoned:
        return f"{_words(plan.way)}, for {plan.lasts:g} s; {link.abandon()} connections stay silent"
    return f"{_words(plan.way)}, for {plan.lasts:g} s"


async def refuse(link: Link, plan: Plan) -> str:
    """End all connections, and refuse new ones."""
    link.refuse()
    ended = link.cut(reset=plan.reset)
    await asyncio.sleep(plan.lasts)
    return f"{ended} connections ended, new ones refused for {plan.lasts:g} s"


MODES: dict[str, Callable[[Link, Plan], Awaitable[str]]] = {
    "cut": cut,
    "delayed": delay,
    "halved": halve,
    "stalled": stall,
    "refused": refuse,
}


@dataclass(frozen=True)
class Pair:
    """Two parts and the link between them. `by_front_door`: what is under way are people's requests, not the worker's work."""

    link: str
    words: str
    service: str
    by_front_door: bool = False

    async def busy(self, stage: "Stage") -> bool:
        """Wait until there is something to lose."""
        if self.by_front_door:
            return await stage.load.until_asking(self.service)
        return await stage.until_in_flight(self.service)


PAIRS = (
    *(Pair(f"{service}-postgres", f"{service}–PostgreSQL", service) for service in SERVICES),
    *(Pair(f"{service}-kafka", f"{service}–Kafka", service) for service in SERVICES),
    Pair("notifications-smtp", "notifications–mail server", "notifications"),
    *(Pair(f"front-door-{service}", f"front door–{service}", service, by_front_door=True) for service in SERVICES),
)


async def strike(pair: Pair, mode: Callable[[Link, Plan], Awaitable[str]], stage: "Stage", chance: random.Random) -> Struck:
    """Wait for work on the pair, strike in the middle of a question, and heal."""
    plan = draw(chance)
    link = stage.links[pair.link]
    if not await pair.busy(stage):
        return Struck(in_flight=False, detail="no work came")
    deadline = time.monotonic() + MET_WITHIN
    for passed in range(plan.chunks):
        if not await link.next_chunk(within=deadline - time.monotonic()):
            return Struck(in_flight=False, detail=f"only {passed} of {plan.chunks} chunks passed")
    met = link.asked > 0
    try:
        detail = await mode(link, plan)
    finally:
        link.clean()
    return Struck(in_flight=met, detail=detail)


def _words(way: Way) -> str:
    return {Way.TO_SERVER: "towards the server", Way.TO_CLIENT: "from the server"}.get(way, "both ways")


def _fault(name: str, mode: Callable[[Link, Plan], Awaitable[str]], pair: Pair) -> Fault:
    # A delay is shorter than the sender's patience: whatever is handed over is answered in time.
    opens_window = pair.link == "notifications-smtp" and mode is not delay
    return Fault(f"link {name}: {pair.words}", "network", strike=partial(strike, pair, mode), opens_window=opens_window)


FAULTS = tuple(_fault(name, mode, pair) for name, mode in MODES.items() for pair in PAIRS)
