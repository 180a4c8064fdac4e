"""From the form to the mail, everything running: how many a second, at what cost, how soon."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.load.arrivals import Arrivals
from bench.load.tally import Tally
from bench.probes import CONSUMERS, Probes, of_the_load
from bench.rest import until_at_rest
from bench.result import Percentiles, Result, median, percentiles
from bench.size import Size
from bench.stand import Stand
from bench.usage import Usage, Watch
from bench.visit import Visitors

GOAL_RATE, GOAL_CPU_MS, GOAL_P99_MS, GOAL_EVENT_P99_MS = 300.0, 4.5, 1000.0, 100.0
AHEAD = 150
"""Registrations whose mail is on its way: half a second of the goal."""
WARM_UP = 5.0
"""Seconds of each round that do not count."""
SLOW = 20.0
"""Registrations a second that hardly ever wait for each other."""
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


@dataclass(frozen=True)
class Calm:
    """One round at half of the load: `of_ours` and `of_load` are the times of events by consumer, milliseconds; of the load's the p99.

    `probes` are the processor seconds that the database server had for our own.
    """

    played: Round
    usage: Usage
    probes: float
    of_ours: Mapping[str, Percentiles]
    of_load: Mapping[str, float]

    @property
    def worst(self) -> float:
        """The largest p99."""
        return max(*(found["p99"] for found in self.of_ours.values()), *self.of_load.values())


async def play(
    stand: Stand, slugs: Sequence[str], options: Sequence[str], *, to_rest: bool = True, site: str | None = None, forgiving: bool = False
) -> Round:
    """Let visitors come and wait for the last mail; also until nothing is left to be done, so that all that they caused is counted.

    They come to the web process itself, or to another `site`. Raises RuntimeError where one is refused, unless `forgiving`.
    """
    asked = site or stand.system.process("registration-web").url
    visitors = Visitors(stand.directory, sites=[asked], origin=stand.system.front_door, slugs=slugs, options=options)
    arrivals = Arrivals(stand.mails, visitors.mark)
    watch = Watch(stand.roots)
    async with visitors:
        tally = await visitors.gone()
    if (tally.refused or tally.broken) and not forgiving:
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
    calm = [await _calm(stand, slug, rate / 2, size.calm_seconds) for _ in range(size.rounds)]
    rest = max(one.rest for one in played)
    slow = await play(stand, [slug], ["--seconds", str(size.slow_seconds), "--rate", str(SLOW)])
    through = ["--seconds", str(size.front_door_seconds), *options[2:]]
    front_door = await play(stand, [slug], through, site=stand.system.front_door, forgiving=True)
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
        _to_mail(calm),
        _latency(calm),
        _for_comparison(
            "registration.at_20_a_second",
            slow,
            f"{SLOW:.0f} a second at even distances, no events timed meanwhile; times are those to the mail",
        ),
        _for_comparison(
            "registration.front_door", front_door, "as end to end, through the front door that `make up` puts before the services, once"
        ),
    ]


def _for_comparison(name: str, played: Round, note: str) -> Result:
    people, refused = len(played.moments), sum(played.tally.refused.values()) + played.tally.broken
    return Result(
        name=name,
        value=round(played.usage.atelier * 1000 / people, 3),
        unit="CPU-ms per registration",
        **percentiles(played.waits),
        split=played.usage.per_unit(people),
        beside={
            "registrations_per_s": round(people / (played.tally.ended - played.tally.began), 1),
            "load_ms": round(played.tally.cpu * 1000 / people, 3),
            **({"requests_refused": refused} if refused else {}),
        },
        note=note,
    )


async def _calm(stand: Stand, slug: str, rate: float, seconds: float) -> Calm:
    """Visitors at an even rate, and how long events take meanwhile."""
    began = datetime.now(UTC)
    watch = Watch(stand.roots)
    async with Probes(stand) as probes:
        played = await play(stand, [slug], ["--seconds", str(seconds), "--rate", str(round(rate, 1))], to_rest=False)
    await until_at_rest(stand.system)
    usage = watch.stop()
    of_load = {name: percentiles(await of_the_load(stand, name, began))["p99"] for name in CONSUMERS}
    return Calm(played, usage, probes.served, {name: percentiles(found) for name, found in probes.latencies.items()}, of_load)


def _to_mail(rounds: Sequence[Calm]) -> Result:
    found = [percentiles(one.played.waits)["p99"] for one in rounds]
    value = median(found)
    middle = min(rounds, key=lambda one: abs(percentiles(one.played.waits)["p99"] - value))
    people, tally = len(middle.played.moments), middle.played.tally
    return Result(
        name="registration.to_mail",
        value=value,
        unit="ms",
        goal=f"p99 below {GOAL_P99_MS:.0f} ms at half of the end-to-end load",
        met=value < GOAL_P99_MS,
        rounds=found,
        **percentiles(middle.played.waits),
        cpu_ms=round(middle.usage.atelier * 1000 / people, 3),
        split=middle.usage.per_unit(people),
        beside={
            "registrations_per_s": round(people / (tally.ended - tally.began), 1),
            "postgres_for_probes_ms": round(middle.probes * 1000 / people, 3),
        },
        note="its cost includes that of the events which are timed meanwhile; PostgreSQL's part of it for putting and seeing them is shown",
    )


def _latency(rounds: Sequence[Calm]) -> Result:
    """Judged is the slower consumer of each round, by either kind of event."""
    value = median([one.worst for one in rounds])
    middle = min(rounds, key=lambda one: abs(one.worst - value))
    slower = max(middle.of_ours.values(), key=lambda found: found["p99"])
    return Result(
        name="event.latency",
        value=value,
        unit="ms",
        goal=f"p99 below {GOAL_EVENT_P99_MS:.0f} ms at half of the end-to-end load",
        met=value < GOAL_EVENT_P99_MS,
        rounds=[one.worst for one in rounds],
        **slower,
        beside={
            **{f"{name}_p99": found["p99"] for name, found in middle.of_ours.items()},
            **{f"{name}_load_p99": found for name, found in middle.of_load.items()},
        },
        note=(
            "the largest p99 of either consumer: of events of our own, one at a time, from just before the commit that put each into the "
            "outbox until its consumer's commit is seen, and of those of the visitors, from before their transaction to the statement "
            "that notes them in the inbox; p50 to p99 are those of our own in the slower consumer"
        ),
    )
