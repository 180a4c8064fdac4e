"""`python -m bench`: measures, writes `var/bench/report.json`, and tells on the way. Exit status 1 where a goal was missed.

A run of everything at full length also writes `docs/performance.md`, one with the peers `docs/beside-the-peers.md`.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from bench import machine, peers
from bench.document import write_document, write_peers
from bench.measures import certificates, events, form, growth, idle, mail, pages, registration, reminders, start
from bench.result import Report, Result
from bench.size import FULL, QUICK, Size
from bench.stand import Stand, stand
from deploy.embedded.locations import CHECKOUT

DIRECTORY, DOCUMENTS = CHECKOUT / "var" / "bench", CHECKOUT / "docs"
FAMILIES: dict[str, Callable[[Stand, Size], Awaitable[list[Result]]]] = {
    "start": start.measure,
    "registration": registration.measure,
    "idle": idle.measure,
    "mail": mail.measure,
    "pages": pages.measure,
    "form": form.measure,
    "events": events.measure,
    "reminders": reminders.measure,
    "certificates": certificates.measure,
    "growth": growth.measure,
}
SITTINGS = (("start", "registration", "idle", "mail", "certificates", "pages", "reminders"), ("form",), ("events",), ("growth",))
"""Families that share a system: none leaves behind what would weigh on those after it. Each sitting begins with an empty one."""


async def run(console: Console, names: Sequence[str], size: Size, speeds: list[float]) -> list[Result]:
    """Sitting after sitting. `speeds` gets the machine's own before and after each family."""
    results: list[Result] = []
    for families in _sittings(names):
        async with stand(_empty()) as ready:
            for name in families:
                began = time.monotonic()
                speeds.append(machine.loop_ns())
                for found in await FAMILIES[name](ready, size):
                    tell(console, found)
                    results.append(found)
                speeds.append(machine.loop_ns())
                took = f"{time.monotonic() - began:.0f} s; an empty loop {speeds[-2]:g} ns a turn before, {speeds[-1]:g} after"
                console.print(f"  {name} took {took}", style="dim")
    return results


async def run_beside_peers(console: Console) -> list[Result]:
    """The peers first, alone on the machine, and then Atelier by their rules."""
    results = await peers.run(DIRECTORY / "peers")
    async with stand(_empty()) as ready:
        results += await peers.atelier(ready)
    results += peers.compared(results)
    for found in results:
        tell(console, found)
    return results


def _empty() -> Path:
    directory = DIRECTORY / "stand"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def _sittings(names: Sequence[str]) -> Iterator[list[str]]:
    for sitting in SITTINGS:
        if asked := [name for name in sitting if name in names]:
            yield asked


def tell(console: Console, result: Result) -> None:
    """One line, and a second with what it is made of."""
    mark = {True: "✓", False: "✗", None: "·"}[result.met]
    console.print(f"{mark} {result.name}: {result.value:g} {result.unit}" + (f" (goal: {result.goal})" if result.goal else ""))
    details = [
        f"{name} {value:g}" for name in ("p50", "p95", "p99", "ratio", "limit", "cpu_ms") if (value := getattr(result, name)) is not None
    ]
    details += [f"{name} {value:g}" for name, value in {**result.split, **result.beside}.items()]
    if details:
        console.print("    " + ", ".join(details))


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    parser.add_argument("--only", choices=FAMILIES, action="append", help="a family of figures; may be given again")
    parser.add_argument("--peers", action="store_true", help="measure two other systems too, which are fetched and installed")
    asked = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    began, described, commit = time.monotonic(), machine.describe(), machine.commit()
    if asked.peers:
        try:
            peers.refuse_where_impossible()
        except peers.PeersCannotRunError as error:
            sys.exit(f"{error}\nNothing was measured; leave PEERS out to measure Atelier alone.")
    speeds: list[float] = []
    results = asyncio.run(run(console, asked.only or list(FAMILIES), QUICK if asked.quick else FULL, speeds))
    described |= {"loop_ns_least": min(speeds), "loop_ns_most": max(speeds)}
    unmeasured = ""
    if asked.peers:
        try:
            results += asyncio.run(run_beside_peers(console))
        except peers.PeersCannotRunError as error:
            unmeasured = str(error)
    took = round(time.monotonic() - began, 1)
    report = Report(commit=commit, machine=described, seconds=took, quick=asked.quick, results=results)
    report.write(DIRECTORY / "report.json")
    if not asked.quick and not asked.only:
        write_document(report, DOCUMENTS / "performance.md")
    if asked.peers and not unmeasured:
        write_peers(report, DOCUMENTS / "beside-the-peers.md")
    if unmeasured:
        sys.exit(f"The peers were not measured: {unmeasured}")
    sys.exit(0 if all(result.met is not False for result in results) else 1)


if __name__ == "__main__":
    main()
