"""The published failure matrix, written from a report."""

from collections.abc import Iterator
from pathlib import Path

from tests.faults.matrix.fault import GROUPS
from tests.faults.matrix.report import Report, Row

HEADINGS = {
    "kill": "Processes killed at any moment of their work",
    "kill point": "Processes killed between two steps",
    "kafka": "Kafka",
    "postgres": "PostgreSQL",
    "network": "Connections between any two parts",
    "smtp": "The mail server",
    "worker": "Workers beside each other",
    "events": "Events put on the topics by hand",
    "clock": "The clock",
    "upgrade": "A rolling upgrade",
}
FIGURES = {
    "lost": "acknowledged and not there, or owed and not done",
    "duplicated": "done twice",
    "oversold": "more people confirmed than there are places",
    "uncertain_outside_window": "mails shown as uncertain although nothing struck in the one window in which that may happen",
    "disagreements": "two places that do not tell the same, as `atelier reconcile` says, and facts of a key that are out of order",
}


def write_document(report: Report, path: Path) -> None:
    """In place of the one before."""
    path.write_text("\n".join(_lines(report)) + "\n", encoding="utf-8")


def _lines(report: Report) -> Iterator[str]:
    yield "# The failure matrix"
    yield ""
    yield "<!-- Written by `make faults`; what it means is in decisions/fault-matrix.md. -->"
    yield ""
    yield (
        "While people registered, withdrew, moved up, were reminded, checked in and given certificates through the public pages and the "
        f"organiser API, {report.injected} faults struck real servers and processes at moments drawn from the seed {report.seed}. After "
        "each, the system came to rest, and everything it had acknowledged was looked for in every database, in Kafka and in the mailbox. "
        f"`make faults SEED={report.seed}` strikes in the same way again; how it is done, and what it does not show, is in "
        "[a decision](decisions/fault-matrix.md)."
    )
    yield ""
    yield "| found | | what that means |"
    yield "|---|---|---|"
    for figure, meaning in FIGURES.items():
        yield f"| {figure.replace('_', ' ')} | **{getattr(report, figure)}** | {meaning} |"
    yield ""
    yield "Meanwhile: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.load.items()) + "."
    yield ""
    yield (
        "*Ready* are the seconds from the strike until every process said that it was ready again, the outage included; *at rest* "
        "those until the load had ended and nothing was left to publish, to read or to do. *Uncertain* are mails of which nobody can "
        "know whether they arrived, and which are shown to an organiser as such. A strike that met no work in flight is not counted."
    )
    for group in GROUPS:
        if rows := [row for row in report.rows if row.group == group]:
            yield from _table(HEADINGS[group], rows)
    if report.planted:
        yield from _planted(report)
    if report.broken:
        yield from _broken(report)


def _table(heading: str, rows: list[Row]) -> Iterator[str]:
    yield from ("", f"## {heading}", "")
    yield "| fault | struck | ready: median, longest | at rest: median, longest | uncertain |"
    yield "|---|--:|--:|--:|--:|"
    for row in rows:
        if row.not_run:
            yield f"| {row.kind} | not run: {row.not_run} | | | |"
        else:
            healthy, rest = _seconds(row.healthy_median, row.healthy_max), _seconds(row.rest_median, row.rest_max)
            kind = f"{row.kind}<br>*{', '.join(f'{part} {count}' for part, count in row.parts.items())}*" if row.parts else row.kind
            yield f"| {kind} | {row.injected} | {healthy} | {rest} | {row.uncertain or ''} |"


def _planted(report: Report) -> Iterator[str]:
    yield from ("", "## Whether the matrix would notice", "")
    yield "Mechanisms of the product were taken out, one at a time, by patches of a running process, and the matrix struck it."
    yield ""
    yield "| taken out | caught by | after | what was found |"
    yield "|---|---|---|---|"
    for row in report.planted:
        after = f"{row.after_faults} strikes, {row.seconds:.0f} s"
        yield f"| {row.defect} | {row.caught_by or '**nothing**'} | {after} | {row.what.replace('|', '/')} |"


def _broken(report: Report) -> Iterator[str]:
    yield from ("", "## What was found", "")
    for one in report.broken:
        yield f"- {one.kind}, {one.moment} (`{one.seed}`), {one.struck}"
        yield from (f"  - {finding}" for finding in one.findings)


def _seconds(median: float | None, longest: float | None) -> str:
    return "" if median is None or longest is None else f"{median:.1f} s, {longest:.1f} s"
