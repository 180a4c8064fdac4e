"""`python -m bench`: measures, writes `var/bench/report.json`, and tells on the way. Exit status 1 where a goal was missed."""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from bench import machine
from bench.measures import registration
from bench.result import Report, Result
from bench.stand import stand
from deploy.embedded.locations import CHECKOUT

DIRECTORY = CHECKOUT / "var" / "bench"


async def run(console: Console, *, quick: bool) -> Sequence[Result]:
    """All of it, family after family."""
    results: list[Result] = []
    directory = DIRECTORY / "stand"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    async with stand(directory) as ready:
        rounds, seconds = (1, 12.0) if quick else (3, 40.0)
        for found in await registration.measure(ready, rounds=rounds, seconds=seconds):
            tell(console, found)
            results.append(found)
    return results


def tell(console: Console, result: Result) -> None:
    """One line, and a second with what it is made of."""
    mark = {True: "✓", False: "✗", None: "·"}[result.met]
    console.print(f"{mark} {result.name}: {result.value:g} {result.unit}" + (f" (goal: {result.goal})" if result.goal else ""))
    details = [f"{name} {value:g}" for name in ("p50", "p95", "p99", "ratio", "limit") if (value := getattr(result, name)) is not None]
    details += [f"{name} {value:g}" for name, value in {**result.split, **result.beside}.items()]
    if details:
        console.print("    " + ", ".join(details))


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    asked = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    results = asyncio.run(run(console, quick=asked.quick))
    report = Report(machine=machine.describe(), seconds=round(time.monotonic() - began, 1), quick=asked.quick, results=results)
    report.write(DIRECTORY / "report.json")
    sys.exit(0 if all(result.met is not False for result in results) else 1)


if __name__ == "__main__":
    main()
