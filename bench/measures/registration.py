"""From the form to the mail, everything running: how many a second, at what cost, how soon."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.load.arrivals import Arrivals
from bench.load.tally import Tally
from bench.probes import CONSUMERS, Probes, of_the_load
from bench.rest import until_at_rest
from bench.result import Result, median, percentiles
from bench.size import Size
from bench.stand import Stand
from bench.usage import Usage, Watch
from bench.visit import Visitors

GOAL_RATE, GOAL_CPU_MS, GOAL_P99_MS, GOAL_EVENT_P99_MS = 300.0, 4.5, 1000.0, 100.0
AHEAD = 150
"""Registrations whose mail is on its way: half a second of the goal."""
WARM_UP = 5.0
"""Seconds of each round that do not count."""
WITHIN = 120.0
"""Seconds in which the last mail must have come."""
MOST_REST = 5.0
"""Seconds after the last mail: what is left to be told then must be no backlog either. To know that, half of one is needed or more."""


@dataclass(frozen=True)
class Round:
    """One run of visitors through everything."""

    tally: Tally
    moments: dict[str, float]
    usage: Usage
    rest: float = 0.0
    """Seconds from the last mail until nothing was left to be done, where that was waited for."""

    @property
    def rate(self) -> float:
        """Mails a second, without the time in which everything got warm and without what came after the last visitor."""
        begins = self.tally.began + WARM_UP
        return sum(begins <= moment < self.tally.ended for moment in self.moments.values()) / (self.tally.ended - begins)

    @property
    def waits(self) -> list[float]:
        """Seconds from the answer to the mail, by person."""
        return [self.moments[address] - answered for address, answered in self.tally.accepted.items()]


async def play(stand: Stand, slugs: Sequence[str], options: Sequence[str], *, to_rest: bool = True) -> Round:
    """Let visitors come and wait for the last mail; also until nothing is left to be done, so that all that they caused is counted."""
    site = stand.system.process("registration-web").url
    visitors = Visitors(stand.directory, sites=[site], origin=stand.system.front_door, slugs=slugs, options=options)
    arrivals = Arrivals(stand.mails, visitors.mark)
    watch = Watch(stand.roots)
    async with visitors:
        tally = await visitors.gone()
    if tally.refused or tally.broken:
        raise RuntimeError(f"visitors were refused: {dict(tally.refused)}, {tally.broken} got no answer")
    deadline = time.monotonic() + WITHIN
    while arrivals.count() < len(tally.accepted):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(tally.accepted) - arrivals.count()} of {len(tally.accepted)} mails did not arrive")
        await asyncio.sleep(0.05)
    came = time.monotonic()
    if to_rest:
        await until_at_rest(stand.system)
    return Round(tally, arrivals.moments, watch.stop(), time.monotonic() - came)


async def measure(stand: Stand, size: Size) -> list[Result]:
    """End to end, its cost, and the time to the mail at half of that load."""
    [(_, slug)] = await stand.workshops()
    options = ["--seconds", str(size.registering_seconds), "--ahead", str(AHEAD), "--mails", str(stand.mails)]
    played = [await play(stand, [slug], options) for _ in range(size.rounds)]
    rates = [one.rate for one in played]
    costs = [one.usage.atelier * 1000 / len(one.moments) for one in played]
    rate, cost = median(rates), median(costs)
    middle = min(played, key=lambda one: abs(one.rate - rate))
    people = len(middle.moments)
    latencies, calm, usage = await _calm(stand, slug, rate / 2, size.registering_seconds)
    waits, calm_people = percentiles(calm.waits), len(calm.moments)
    rest = max(one.rest for one in played)
    return [
        Result(
            name="registration.end_to_end",
            value=round(rate, 1),
            unit="registrations/s",
            goal=f"at least {GOAL_RATE:.0f}/s, nothing left to be done {MOST_REST:.0f} s after the last mail",
            met=rate >= GOAL_RATE and rest <= MOST_REST,
            rounds=rates,
            **percentiles(middle.waits),
            beside={
                "seconds_to_rest": round(rest, 1),
                "load_ms": round(middle.tally.cpu * 1000 / people, 3),
                "sink_ms": round(middle.usage.by_process["sink"] * 1000 / people, 3),
                "machine_ms": round(middle.usage.machine * 1000 / people, 3),
                "stolen_ms": round(middle.usage.stolen * 1000 / people, 3),
            },
            note="the form, the form sent, the answer page, and everything up to the mail that the sink accepted",
        ),
        Result(
            name="registration.cpu_ms",
            value=round(cost, 3),
            unit="CPU-ms per registration",
            goal=f"at most {GOAL_CPU_MS} CPU-ms",
            met=cost <= GOAL_CPU_MS,
            rounds=costs,
            split=middle.usage.per_unit(people),
        ),
        Result(
            name="registration.to_mail",
            value=waits["p99"],
            unit="ms",
            goal=f"p99 below {GOAL_P99_MS:.0f} ms at half of the end-to-end load",
            met=waits["p99"] < GOAL_P99_MS,
            **waits,
            cpu_ms=round(usage.atelier * 1000 / calm_people, 3),
            split=usage.per_unit(calm_people),
            beside={"registrations_per_s": round(calm_people / (calm.tally.ended - calm.tally.began), 1)},
            note="once; its cost includes that of the events which are timed meanwhile",
        ),
        latencies,
    ]


async def _calm(stand: Stand, slug: str, rate: float, seconds: float) -> tuple[Result, Round, Usage]:
    """Visitors at an even rate, and how long events take meanwhile; judged is the slower consumer, by either kind of event."""
    began = datetime.now(UTC)
    watch = Watch(stand.roots)
    async with Probes(stand) as probes:
        calm = await play(stand, [slug], ["--seconds", str(seconds), "--rate", str(round(rate, 1))], to_rest=False)
    await until_at_rest(stand.system)
    usage = watch.stop()
    of_load = {f"{name}_load_p99": percentiles(await of_the_load(stand, name, began))["p99"] for name in CONSUMERS}
    of_ours = {name: percentiles(found) for name, found in probes.latencies.items()}
    slower = max(of_ours.values(), key=lambda found: found["p99"])
    worst = max(slower["p99"], *of_load.values())
    latencies = Result(
        name="event.latency",
        value=worst,
        unit="ms",
        goal=f"p99 below {GOAL_EVENT_P99_MS:.0f} ms at half of the end-to-end load",
        met=worst < GOAL_EVENT_P99_MS,
        **slower,
        beside={**{f"{name}_p99": found["p99"] for name, found in of_ours.items()}, **of_load},
        note=(
            f"once; the largest p99 of either consumer: of {sum(map(len, probes.latencies.values()))} events of our own, from just before "
            "the commit that put each into the outbox until its consumer's commit is seen, and of those of the visitors, from before their "
            "transaction to the statement that notes them in the inbox; p50 to p99 are those of our own in the slower consumer"
        ),
    )
    return latencies, calm, usage
