"""What a certificate costs, page, code, credential and seal; and whether two processes make twice as many as one."""

from bench.parts.certificates import PARTS
from bench.program import run
from bench.result import Result, median
from bench.size import Size
from bench.stand import Stand

MOST_MS, LEAST_SCALING = 35.0, 0.8
CORES = 2
"""Of the machine that this is measured on: the load of nobody else is on it meanwhile."""


async def measure(stand: Stand, size: Size) -> list[Result]:
    """Part by part in turn, all else idle."""
    environment = stand.system.environment("certificates")
    costs: dict[str, list[float]] = {part: [] for part in PARTS}
    rates: dict[int, list[float]] = {1: [], CORES: []}
    for _ in range(size.rounds):
        for part in PARTS:
            spent = await run("bench.parts.certificates", ["--part", part, "--count", str(size.certificates)], environment)
            costs[part].append(spent.cpu_ms)
        for processes, found in rates.items():
            options = ["--processes", str(processes), "--count", str(size.certificates * processes)]
            found.append((await run("bench.parts.certificates", options, environment)).rate)
    scaling = [many / one / CORES for one, many in zip(rates[1], rates[CORES], strict=True)]
    whole = median(costs["whole"])
    return [
        Result(
            name="certificate.cpu_ms",
            value=round(whole, 2),
            unit="CPU-ms per certificate",
            goal=f"at most {MOST_MS:g} CPU-ms, page, code, credential and seal",
            met=whole <= MOST_MS,
            rounds=costs["whole"],
            split={part: round(median(found), 2) for part, found in costs.items() if part != "whole"},
            note="the usual template, without logos; the page is that without its credential; the code is a part of it",
        ),
        Result(
            name="certificate.scaling",
            value=round(median(rates[CORES]), 1),
            unit="certificates/s",
            goal=f"with {CORES} processes at least {LEAST_SCALING:.0%} of {CORES} times as many as with one",
            met=median(scaling) >= LEAST_SCALING,
            rounds=rates[CORES],
            limit=round(CORES * median(rates[1]), 1),
            limit_rounds=[CORES * one for one in rates[1]],
            ratio=round(median(scaling), 3),
            least_ratio=LEAST_SCALING,
            note=f"a pool of {CORES} processes beside a pool of one, taken in turn",
        ),
    ]
