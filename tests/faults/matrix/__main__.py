"""`make faults`, or `python -m tests.faults.matrix`: strike, compare, and write what came of it. Exit status 1 unless all is zero."""

import argparse
import asyncio
import fcntl
import logging
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from deploy.embedded.locations import CHECKOUT
from tests.faults.matrix.catalogue import choose
from tests.faults.matrix.document import write_document
from tests.faults.matrix.episode import Outcome
from tests.faults.matrix.plan import default_number, rows
from tests.faults.matrix.planted import catch_all
from tests.faults.matrix.report import Report
from tests.faults.matrix.run import Run
from tests.faults.matrix.sittings import begin, go_on, keep

REPORT = CHECKOUT / "var" / "faults" / "report.json"
DOCUMENT = CHECKOUT / "docs" / "failure-matrix.md"
STAGES = min(2, os.cpu_count() or 1)
"""Side by side: each is a dozen processes, and waits for a good part of its time."""


def main() -> None:
    """Read what is asked for, run, and tell."""
    # Whoever is asked to stop clears the stage away first: a dozen processes and their data. As an interrupt, which asyncio knows how to
    # end what runs with; an exception out of nowhere would leave the stage standing.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    # What it says of brokers that are away is what was asked for.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description=__doc__)
    parser.add_argument("--faults", type=int, help="how many to inject; by default each kind ten times, 500 at least")
    parser.add_argument("--seed", type=int, help="decides everything that is left to chance; by default a new one, which is printed")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no fault is injected later than this")
    parser.add_argument("--kinds", default="", help="only kinds or groups that contain one of these words, separated by commas")
    parser.add_argument("--stages", type=int, default=STAGES, help="that stand side by side at most")
    parser.add_argument("--longest-outage", type=float, default=360.0, help="seconds that Kafka is away at most")
    parser.add_argument("--resume", action="store_true", help="go on with the run of this seed that was stopped, on the same code")
    parser.add_argument(
        "--planted", action="store_true", help="plant each known defect afterwards, as after a whole run, and see that it is noticed"
    )
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report goes")
    asked = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    seed = asked.seed if asked.seed is not None else secrets.randbelow(1_000_000)
    faults = choose(asked.kinds)
    if not faults:
        sys.exit(f"No kind of fault contains {asked.kinds}.")
    number = asked.faults or default_number(faults)
    console.print(f"Seed {seed}: {number} faults of {len(rows(faults))} kinds")

    kept = asked.report.with_name("outcomes.jsonl")

    def tell(outcome: Outcome, report: Report) -> None:
        show(console, outcome)
        report.write(asked.report)
        keep(kept, outcome, report)

    run = Run(
        faults,
        number,
        seed,
        seconds=asked.minutes * 60,
        stages=asked.stages,
        longest_outage=asked.longest_outage,
        keep_in=asked.report.parent / "logs",
        tell=tell,
        say=console.print,
    )
    with alone_on_this_machine(console):
        if asked.resume:
            try:
                run.before = go_on(kept, faults, seed=seed, planned=number)
            except ValueError as error:
                sys.exit(str(error))
            console.print(f"Going on after {len(run.before.outcomes)} strikes")
        else:
            begin(kept, faults, seed=seed, planned=number)
        report = asyncio.run(run.play())
        if report.whole or asked.planted:
            report = replace(report, planted=asyncio.run(catch_all(seed=seed, tell=lambda caught: console.print(escape(str(caught))))))
    report.write(asked.report)
    if report.whole:
        write_document(report, DOCUMENT)
    summarise(console, report)
    trial = bool(asked.faults or asked.kinds) or asked.minutes < float("inf")
    sys.exit(0 if report.ok and (trial or report.whole) else 1)


@contextmanager
def alone_on_this_machine(console: Console) -> Iterator[None]:
    """Wait for another run to end: two on one machine starve each other, and what is slow for want of a processor looks like a finding."""
    with Path(tempfile.gettempdir(), "atelier-failure-matrix.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("Waiting for another run of the matrix on this machine to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def show(console: Console, outcome: Outcome) -> None:
    """One line for an episode, and one for each finding."""
    injection, struck = outcome.injection, outcome.struck
    mark = "[red]✗[/]" if outcome.findings else "[green]✓[/]" if struck.in_flight else "[yellow]·[/]"
    met = struck.detail if struck.in_flight else f"met no work, does not count. {struck.detail}"
    console.print(f"{mark} {injection.number:>3} {escape(f'{injection.fault.kind}: {injection.moment}. {met}')}")
    console.print(
        f"      [dim]healthy {outcome.healthy:.1f} s, at rest {outcome.rest:.1f} s, compared in {outcome.checked:.1f} s, "
        f"{outcome.took:.1f} s in all{f', {outcome.uncertain} uncertain' if outcome.uncertain else ''}[/]"
    )
    for finding in outcome.findings:
        console.print(f"      [red]{escape(str(finding))}[/] (seed {injection.seed})")


def summarise(console: Console, report: Report) -> None:
    """The figures."""
    figures = ("lost", "duplicated", "oversold", "uncertain_outside_window", "disagreements")
    console.print(f"{report.injected} of {report.planned} faults in {report.seconds / 60:.0f} minutes, seed {report.seed}.")
    console.print(", ".join(f"{name.replace('_', ' ')} {getattr(report, name)}" for name in figures))
    console.print(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in report.load.items()))
    if not report.whole:
        console.print("Not a whole run: some kind was struck too seldom or too often to publish it.")


if __name__ == "__main__":
    main()
