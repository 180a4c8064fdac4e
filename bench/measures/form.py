"""How many registrations a second the form accepts, with everything else stopped, beside a handler that does nothing but commit."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import asyncpg

from bench.fill import workshops
from bench.limits import running
from bench.load.tally import Tally
from bench.rest import until_at_rest
from bench.result import Result, median, median_ratio, percentiles
from bench.size import Size
from bench.stand import Stand
from bench.usage import Usage, Watch
from bench.visit import Visitors
from deploy.embedded.ports import free_ports
from deploy.embedded.system import System

CONNECTIONS = 64
LEAST, LEAST_RATIO, GOAL_P99_MS = 1000.0, 0.6, 250.0
WARM_UP = 0.1
"""The first part of a round, which does not count."""


@dataclass(frozen=True)
class Round:
    """One run of visitors who only send their forms."""

    tally: Tally
    usage: Usage

    @property
    def rate(self) -> float:
        """Accepted a second, without the time in which everything got warm."""
        begins = self.tally.began + (self.tally.ended - self.tally.began) * WARM_UP
        return sum(moment >= begins for moment in self.tally.accepted.values()) / (self.tally.ended - begins)

    @property
    def load_ms(self) -> float:
        """Processor milliseconds of the visitors' process for each that was accepted."""
        return self.tally.cpu * 1000 / len(self.tally.accepted)

    @property
    def load_core(self) -> float:
        """How much of a core the visitors' process had: near 1, what is measured is the visitors."""
        return self.tally.cpu / (self.tally.ended - self.tally.began)


async def measure(stand: Stand, size: Size) -> list[Result]:
    """A backlog; then one workshop and many, one web process and two, which the other services never hear of: their system goes."""
    [(first, slug)] = await stand.workshops(1)
    await until_at_rest(stand.system)
    many = await workshops.fill(stand.database("registration"), first, size.workshops)
    results = []
    await _only_the_form(stand.system)
    results.append(await _backlog(stand, slug, size.form_seconds / 4))
    await _only_the_form(stand.system)
    async with running.database(stand.servers.database_url) as limits:
        for processes in (1, 2):
            async with _web(stand, processes) as (own, roots), running.handlers(stand.directory, limits, processes) as bare:
                for name, slugs in (("hot_workshop", [slug]), ("many_workshops", many)):
                    played, limit = [], []
                    for _ in range(size.rounds):
                        before = await _kept(stand)
                        played.append(await _play(stand, own, slugs, size.form_seconds, roots))
                        _compare(played[-1].tally, before, await _kept(stand))
                        limit.append(await _play(stand, bare, slugs, size.form_seconds))
                    results.append(_result(name, len(slugs), processes, played, limit))
    return results


def _result(name: str, across: int, processes: int, played: Sequence[Round], limit: Sequence[Round]) -> Result:
    rates, limits = [one.rate for one in played], [one.rate for one in limit]
    rate, ratio = median(rates), median_ratio(rates, limits)
    middle = min(played, key=lambda one: abs(one.rate - rate))
    bare = min(limit, key=lambda one: abs(one.rate - median(limits)))
    times = percentiles(middle.tally.posts)
    accepted = len(middle.tally.accepted)
    return Result(
        name=f"registration.{name}" + (f".{processes}_processes" if processes > 1 else ""),
        value=round(rate, 1),
        unit="registrations/s",
        goal=f"at least {LEAST:.0f}/s and {LEAST_RATIO:.0%} of the bare handler, p99 below {GOAL_P99_MS:.0f} ms",
        met=rate >= LEAST and ratio >= LEAST_RATIO and times["p99"] < GOAL_P99_MS,
        rounds=rates,
        limit=round(median(limits), 1),
        limit_rounds=limits,
        ratio=round(ratio, 3),
        least_ratio=LEAST_RATIO,
        cpu_ms=round(middle.usage.atelier * 1000 / accepted, 3),
        split=middle.usage.per_unit(accepted),
        **times,
        beside={
            "load_ms": round(middle.load_ms, 3),
            "load_core": round(middle.load_core, 2),
            "limit_load_ms": round(bare.load_ms, 3),
            "limit_load_core": round(bare.load_core, 2),
        },
        note=f"connections: {CONNECTIONS}, workshops: {across}, web processes: {processes}",
    )


async def _kept(stand: Stand) -> tuple[int, int]:
    """How many registrations there are, and events that tell of one."""
    connection = await asyncpg.connect(stand.database("registration"))
    try:
        registrations, events = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM registrations), (SELECT count(*) FROM outbox WHERE topic = 'registrations')"
        )
    finally:
        await connection.close()
    return registrations, events


def _compare(tally: Tally, before: tuple[int, int], after: tuple[int, int]) -> None:
    """Raises RuntimeError unless all that was answered as accepted is there, with its event."""
    kept = tuple(now - then for then, now in zip(before, after, strict=True))
    if set(kept) != {len(tally.accepted)}:
        raise RuntimeError(f"{len(tally.accepted)} were accepted; kept were {kept[0]} registrations and {kept[1]} events")


async def _backlog(stand: Stand, slug: str, seconds: float) -> Result:
    """What was accepted while the other services were away, worked off once they are there again."""
    web = stand.system.process("registration-web")
    people = len((await _play(stand, [web.url], [slug], seconds)).tally.accepted)
    others = [process for process in stand.system.processes() if process is not web]
    await asyncio.gather(*(process.start(within=300) for process in others))
    began = time.monotonic()
    await until_at_rest(stand.system)
    worked_off = time.monotonic() - began
    return Result(
        name="registration.backlog",
        value=round(people / worked_off, 1),
        unit="registrations/s",
        beside={"registrations": people, "seconds": round(worked_off, 1)},
        note="accepted in a run of its own, the other services stopped; from when they are ready until nothing is left to do",
    )


async def _play(
    stand: Stand, sites: Sequence[str], slugs: Sequence[str], seconds: float, more: Mapping[str, int] = MappingProxyType({})
) -> Round:
    """`more`: processes of ours beside those of the stand, by name."""
    options = ["--posts", "--seconds", str(seconds), "--connections", str(CONNECTIONS)]
    watch = Watch({**stand.roots, **more})
    async with Visitors(stand.directory, sites=sites, origin=stand.system.front_door, slugs=slugs, options=options) as visitors:
        tally = await visitors.gone()
    if tally.refused or tally.broken:
        raise RuntimeError(f"visitors were refused: {dict(tally.refused)}, {tally.broken} got no answer")
    return Round(tally, watch.stop())


async def _only_the_form(system: System) -> None:
    """All of the system's processes stop but the one that takes forms."""
    for process in reversed(system.processes()):
        if process.name != "registration-web":
            await process.stop()


@contextlib.asynccontextmanager
async def _web(stand: Stand, count: int) -> AsyncIterator[tuple[list[str], dict[str, int]]]:
    """The addresses of so many web processes of registration, and the process ids of those that the stand does not know, by name."""
    first = stand.system.process("registration-web")
    more = [first.another(f"registration-web-{number}", port=port) for number, port in enumerate(free_ports(count - 1), start=2)]
    for process in more:
        await process.start(within=300)
    try:
        yield [first.url, *(process.url for process in more)], {process.name: process.pid for process in more}
    finally:
        for process in more:
            await process.stop()
