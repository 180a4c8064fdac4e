"""`python -m tests.faults.matrix.plant`: only the planted defects, all or some, noted in the report of the last run of the matrix.

Exit status 1 unless each was caught. The long run does the same with `PLANTED=1`; this is for whoever has changed a check, or a defect.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console
from rich.markup import escape

from tests.faults.matrix.__main__ import DOCUMENT, REPORT, alone_on_this_machine, show
from tests.faults.matrix.caught import Caught
from tests.faults.matrix.code import digest
from tests.faults.matrix.defects import DEFECTS, named
from tests.faults.matrix.document import write_document
from tests.faults.matrix.planted import catch
from tests.faults.matrix.report import Report


def main() -> None:
    """Plant, strike, tell, and note."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # the stage is cleared away first
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix.plant", description=__doc__)
    parser.add_argument("defects", nargs="*", help=f"some of {', '.join(defect.name for defect in DEFECTS)}; all without a name")
    parser.add_argument("--seed", type=int, default=0, help="decides everything that is left to chance")
    asked = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    caught: list[Caught] = []
    with alone_on_this_machine(console):
        for name in asked.defects or [defect.name for defect in DEFECTS]:
            caught.append(asyncio.run(catch(named(name), seed=asked.seed, tell=lambda outcome: show(console, outcome))))
            console.print(escape(str(caught[-1])))
            note(caught)
    sys.exit(0 if all(row.caught_by for row in caught) else 1)


def note(caught: Sequence[Caught]) -> None:
    """Write them into the last report, in place of what it said of the same defects; and publish it, if it is one to be published.

    Not into a report about other code.
    """
    if not REPORT.exists() or (report := Report.read(REPORT)).code != digest():
        return
    rows = {row.defect: row for row in (*report.planted, *caught)}
    report = replace(report, planted=[rows[defect.what] for defect in DEFECTS if defect.what in rows])
    report.write(REPORT)
    if report.whole:
        write_document(report, DOCUMENT)


if __name__ == "__main__":
    main()
