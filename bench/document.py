"""The published figures, written from a report, with their charts: `docs/performance.md`, and `docs/beside-the-peers.md`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.charts import Bar, bars, shown, spans
from bench.measures.growth import MOST as MOST_GROWTH
from bench.result import Report, Result

HEADINGS = {
    "registration": "Registering, from the form to the mail",
    "event": "Events",
    "relay": "From the outbox to Kafka",
    "consume": "From Kafka into a database",
    "reminder": "Planning a reminder",
    "mail": "Mails",
    "certificate": "Certificates",
    "pages": "Pages",
    "growth": "Among a million others",
    "idle": "With nothing to do",
    "start": "Starting",
}
PEER = "peer"
INTRODUCTION = (
    "What was measured ran as `make up` starts it, with the same settings for logs, metrics, headers and waiting for the disk, and with "
    "the whole form. What it is compared with are small programs (`bench/limits/`) that do nothing but the unavoidable reading and "
    "writing, taken in turn with it in the same run: *of the limit* is the median of each round's value to its own limit. A value "
    "is the median of its *rounds*, taken once where that says 1; *spread* is the largest less the smallest, as a part of the median, of "
    "the limit's rounds too. The load comes from processes of its own on "
    "the same machine, and so does the mail server, which throws mails away; neither is counted in processor time. Visitors ask the web "
    "processes themselves, as behind any proxy of an operator's: the small front door that `make up` puts before them on one machine is "
    "not on their way, and its cost in no figure whose name does not say so."
)


PEERS_INTRODUCTION = (
    "Eight visitors at a time, thirty-two where the name says so, open the event's page, fill in its form of eight fields or more, send it "
    "and read the answer, each with an address of their own. What is counted is the processor time of everything but the load and the mail "
    "server, databases and brokers included, from the first request to the last confirmation mail. The peers have their own "
    "settings, but for what `shared/peers` says in their favour; Atelier has those of `make up`, with every write waited for. "
    "What else is to be known of the published run, and what comes next, is said in [where the time goes](where-the-time-goes.md)."
)


def write_document(report: Report, path: Path) -> None:
    """In place of the one before, without the peers. Charts go into the folder beside it that has its name."""
    own = [result for result in report.results if result.family != PEER]
    sections = [line for family, heading in HEADINGS.items() for line in _section(heading, [one for one in own if one.family == family])]
    _write(path, list(_head(report)), _charts(own), sections)


def write_peers(report: Report, path: Path) -> None:
    """Atelier and the peers side by side. They are measured at full length in a quick run too."""
    rows = [result for result in report.results if result.family == PEER]
    compared = [row for row in rows if row.goal]
    peers = sorted((row for row in rows if not row.goal), key=lambda row: -row.value)
    bars_of_peers = [Bar(row.name, row.value, shown(row.value)) for row in peers]
    title = "Registrations for one second of processor time"
    said = _said(title, [f"{bar.label} {bar.text}" for bar in bars_of_peers])
    _write(
        path,
        list(_head_of_peers(report)),
        {"peers": (said, bars(title, bars_of_peers))},
        list(_section("Side by side", [*peers, *compared])),
    )


def _write(path: Path, head: Sequence[str], charts: Mapping[str, tuple[str, str]], sections: Sequence[str]) -> None:
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    lines = list(head)
    for name, (alternative, drawn) in charts.items():
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
        lines += ["", f"![{alternative}]({folder.name}/{name}.svg)"]
    path.write_text("\n".join([*lines, *sections]) + "\n", encoding="utf-8")


def _head_of_peers(report: Report) -> Iterator[str]:
    yield from ("# Beside two other systems", "", "<!-- Written by `make bench PEERS=1`. -->", "")
    yield (
        f"Indico and pretix were installed from their packages, and measured with Atelier {_what(report)} in one run, one after the other, "
        f"{_where(report)}. "
        "`make bench PEERS=1` installs and measures them again and writes this page."
    )
    yield from ("", PEERS_INTRODUCTION)


def _where(report: Report) -> str:
    machine = report.machine
    between = (
        f" at the beginning, and from {machine['loop_ns_least']} to {machine['loop_ns_most']} between the measures"
        if "loop_ns_least" in machine
        else ""
    )
    return (
        f"on {machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB, {machine['system']}, Python "
        f"{machine['python']}, where one turn of an empty loop in Python takes {machine['loop_ns']} ns{between}"
    )


def _what(report: Report) -> str:
    return f"at commit {report.commit}" if report.commit else "at a commit that was not noted"


def _head(report: Report) -> Iterator[str]:
    yield from ("# How fast it is", "", "<!-- Written by `make bench`. -->", "")
    took = f"in {report.seconds / 60:.0f} minutes"
    yield f"Measured {_what(report)} {took} {_where(report)}. `make bench` measures it again and writes this page."
    yield from ("", INTRODUCTION, "")
    missed = [result.name for result in report.results if result.met is False]
    promised = sum(result.met is not None for result in report.results)
    yield f"{promised - len(missed)} of {promised} goals were met" + (
        f"; not: {', '.join(f'`{name}`' for name in missed)}." if missed else "."
    )


def _section(heading: str, rows: Sequence[Result]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"## {heading}", "")
    yield "| | value | rounds | spread | of the limit | its spread | p50 / p95 / p99, ms | goal | met |"
    yield "|---|--:|--:|--:|--:|--:|--:|---|---|"
    for row in rows:
        spread, limits = ("" if part is None else f"{part:.0%}" for part in (row.spread, row.limit_spread))
        ratio = "" if row.ratio is None else f"{row.ratio:.0%} of {shown(row.limit or 0.0)}"
        times = "" if row.p50 is None else f"{row.p50:g} / {row.p95:g} / {row.p99:g}"
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        value = f"{shown(row.value)} {row.unit} | {row.taken} | {spread}"
        yield f"| `{row.name}` | {value} | {ratio} | {limits} | {times} | {row.goal} | {met} |"
    yield ""
    yield from (f"- `{row.name}`: {words}" for row in rows if (words := _words(row)))


def _words(row: Result) -> str:
    split = ", ".join(f"{name} {value:g}" for name, value in row.split.items())
    processor = f"{row.cpu_ms:g} CPU-ms each" + (f" ({split})" if split else "") if row.cpu_ms is not None else split
    beside = ", ".join(f"{name.replace('_', ' ')} {shown(value)}" for name, value in row.beside.items())
    return "; ".join(filter(None, (row.note, processor, beside)))


def _charts(results: Sequence[Result]) -> dict[str, tuple[str, str]]:
    """By name: what to say to those who cannot see it, and the drawing."""
    compared = [Bar(row.name, row.ratio, f"{row.ratio:.0%}", row.least_ratio) for row in results if row.ratio is not None]
    spent = [result.split for result in results if result.name == "registration.cpu_ms"]
    processor = [Bar(name, ms, f"{ms:g} ms") for split in spent for name, ms in split.items()]
    grown = [Bar(row.name, row.value, f"{row.value:g}", MOST_GROWTH) for row in results if row.family == "growth"]
    drawn = {
        name: (_said(title, [f"{bar.label} {bar.text}" for bar in rows]), bars(title, rows))
        for name, title, rows in (
            ("limits", "How much of what the machine allows, and what was promised", compared),
            ("processor", "Processor time of one registration, by process", processor),
            ("growth", "Times the cost among few, and what was promised", grown),
        )
        if rows
    }
    timed = {row.name: (row.p50, row.p95, row.p99) for row in results if row.p50 and row.p95 and row.p99}
    if timed:
        title = "Half of all, 95 and 99 of a hundred took at most so long"
        said = _said(title, [f"{name} {' / '.join(f'{value:g}' for value in values)} ms" for name, values in timed.items()])
        drawn["times"] = (said, spans(title, timed, "ms"))
    return drawn


def _said(title: str, rows: Sequence[str]) -> str:
    return f"{title}: {'; '.join(rows)}"
