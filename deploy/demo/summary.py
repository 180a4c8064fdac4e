"""The table at the end: what people compare as bars, then the mails, then where to look."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.demo.report import Report
from deploy.reconcile.disagreement import Disagreement

WIDTH = 32
"""Of the longest bar, in characters."""

EIGHTHS = " ▏▎▍▌▋▊▉"
PEOPLE = (
    ("applied", "Applied", "cyan"),
    ("confirmed", "Confirmed", "green"),
    ("promoted", "  of them moved up from the line", "green"),
    ("waiting", "Waiting", "yellow"),
    ("withdrawn", "Withdrawn", "red"),
    ("attended", "Came on at least one day", "cyan"),
    ("certificates", "Earned a certificate", "green"),
)


def show_summary(
    console: Console, report: Report, disagreements: Sequence[Disagreement], *, output: Path, workshop: str, example: str
) -> None:
    """Print it. `workshop` is the path of the public page, `example` the address of one certificate's page, or empty."""
    console.print()
    console.print(_people(report))
    console.print(_mails(report))
    console.print(_times(report))
    console.print(_verdict(disagreements))
    console.print(_where_to_look(report, output, workshop, example))


def bar(value: float, largest: float, width: int = WIDTH) -> str:
    """A bar in eighths of a character; anything above nothing shows at least a sliver."""
    eighths = round(value / largest * width * 8) if largest else 0
    full, rest = divmod(max(eighths, 1 if value else 0), 8)
    return "█" * full + (EIGHTHS[rest] if rest else "")


def _people(report: Report) -> RenderableType:
    table = _table("People", "", "", "")
    for name, title, colour in PEOPLE:
        value = getattr(report, name)
        table.add_row(title, str(value), Text(bar(value, report.applied), style=colour))
    return table


def _mails(report: Report) -> RenderableType:
    table = _table("Mails", "", "sent", "")
    languages = sorted({language for counts in report.mails.values() for language in counts})
    totals = {purpose: sum(counts.values()) for purpose, counts in report.mails.items()}
    largest = max(totals.values(), default=0)
    for purpose, total in sorted(totals.items(), key=lambda pair: -pair[1]):
        split = ", ".join(f"{report.mails[purpose].get(language, 0)} {language}" for language in languages)
        words = Text(bar(total, largest), style="cyan").append(f"  {split}", style="dim")
        table.add_row(purpose.replace("_", " ").capitalize(), str(total), words)
    table.add_row(Text("all together", style="bold"), Text(str(sum(totals.values())), style="bold"), "")
    for reason, count in report.skipped.items():
        table.add_row(
            Text(f"not sent: {reason.replace('_', ' ')}", style="dim"),
            Text(str(count), style="dim"),
            Text(bar(count, largest), style="dim"),
        )
    return table


def _times(report: Report) -> RenderableType:
    latency = report.submit_to_mail_ms
    table = _table("Time", "", "seconds", "")
    longest = max(report.seconds.values(), default=0.0)
    for name, seconds in report.seconds.items():
        table.add_row(name.replace("_", " ").capitalize(), f"{seconds:.1f}", Text(bar(seconds, longest), style="cyan"))
    words = Text.assemble(
        "From sending the form to the accepted mail: half within ",
        (f"{latency['p50']:.0f} ms", "bold"),
        ", 95 % within ",
        (f"{latency['p95']:.0f} ms", "bold"),
        ".",
    )
    return Group(table, words)


def _verdict(disagreements: Sequence[Disagreement]) -> RenderableType:
    if not disagreements:
        return Text("\n✓ Databases, mailbox and Kafka agree on all of it.\n", style="bold green")
    lines = Text()
    for one in disagreements:
        lines.append(f"{one.check}\n", style="bold")
        lines.append(f"  {one.one_side}\n  {one.other_side}\n")
        if one.ids:
            lines.append(f"  {', '.join(one.ids)}\n", style="dim")
    return Panel(lines, title=f"✗ {_counted(len(disagreements))}", border_style="red", title_align="left")


def _counted(disagreements: int) -> str:
    return "One disagreement" if disagreements == 1 else f"{disagreements} disagreements"


def _where_to_look(report: Report, output: Path, workshop: str, example: str) -> RenderableType:
    door = report.front_door
    places: Mapping[str, str] = {
        "Start here": door,
        "The public page": door + workshop,
        "Every mail": f"{door}/mailbox",
        "The reminder plan": f"{door}/notifications",
        "A certificate, verified": example,
        "Certificates": str(output / "certificates"),
        "Mails": str(output / "mails"),
        "These numbers": str(output / "report.json"),
    }
    table = _table("Where to look", "", "")
    for title, place in places.items():
        if place:
            table.add_row(title, Text(place, style="cyan", overflow="fold"))
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, show_header=any(headings), padding=(0, 1))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number == 1 and len(headings) > 2 else "left", no_wrap=number == 0)  # noqa: PLR2004 - figures stand in the middle of three
    return table
