"""Two other systems that take registrations, installed and measured by scripts that lie beside this checkout, and Atelier by their rules.

By their rules: eight visitors at a time, and in a second run thirty-two, who open the event's page, fill in its form, send it and read the
answer, each with an address of their own; what counts is processor time of everything but load and mail server, from the first request to
the last mail.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.measures.registration import play
from bench.result import Percentiles, Result, percentiles
from bench.stand import Stand
from deploy.embedded.locations import CHECKOUT

SCRIPTS = CHECKOUT.parent / "shared" / "peers"
VISITORS, MANY_VISITORS, SECONDS = 8, 32, 60.0
UNIT, LEAST_TIMES = "registrations per CPU-second", 100.0


class PeersCannotRunError(RuntimeError):
    """The peers cannot be installed or measured here; the text says why."""


def refuse_where_impossible(scripts: Path = SCRIPTS) -> None:
    """What can be known before anything is fetched. Raises PeersCannotRunError with everything that is missing."""
    binaries = Path(os.environ.get("PGBIN", "/usr/lib/postgresql/15/bin"))
    needed = {
        f"the scripts in {scripts}": (scripts / "run_all.sh").is_file(),
        "to be root": os.geteuid() == 0,
        f"PostgreSQL 15 in {binaries} (PGBIN names another folder)": (binaries / "initdb").is_file(),
        "Python 3.11 (PRETIX_PY names it)": _is_python(os.environ.get("PRETIX_PY", "python3.11"), "3.11"),
        "Python 3.12 (INDICO_PY names it)": _is_python(os.environ.get("INDICO_PY", "python3.12"), "3.12"),
        "redis-server, or apt-get to install it": bool(shutil.which("redis-server") or shutil.which("apt-get")),
    }
    if missing := [what for what, there in needed.items() if not there]:
        raise PeersCannotRunError("the peers cannot be measured here; what is missing: " + "; ".join(missing))


def _is_python(command: str, version: str) -> bool:
    """Whether it runs: a manager of several Pythons may have a command of that name which only says that there is none."""
    try:
        found = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - what the caller names
    except OSError:
        return False
    return found.returncode == 0 and found.stdout.startswith(f"Python {version}.")


async def run(directory: Path, scripts: Path = SCRIPTS) -> list[Result]:
    """Install them in a folder, measure one after the other, and stop them. Raises PeersCannotRunError."""
    refuse_where_impossible(scripts)
    rows = _no_results_yet(directory)
    environment = {**os.environ, "PEERS": str(directory), "RESULTS": str(rows)}
    await _script(scripts / "install_peers.sh", [], environment)
    try:
        await _script(scripts / "run_all.sh", [], environment)
    finally:
        await _script(scripts / "stop_peers.sh", ["all"], environment)
    return read(rows.read_text(encoding="utf-8").splitlines())


def _no_results_yet(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    rows = directory / "results.jsonl"
    rows.unlink(missing_ok=True)
    return rows


def read(lines: Sequence[str]) -> list[Result]:
    """The last row of each peer for the plain form, with few visitors and with many.

    Raises PeersCannotRunError where a peer has none with few.
    """
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for row in map(json.loads, lines):
        plain = row["what"].startswith("web") and "plain" in row["what"]
        if plain and row.get("concurrency") in {VISITORS, MANY_VISITORS} and row["completed"]:
            found[row["peer"], row["concurrency"]] = row
    if missing := {"indico", "pretix"} - {peer for peer, visitors in found if visitors == VISITORS}:
        raise PeersCannotRunError(f"there is no figure of {' and '.join(sorted(missing))}; their logs are beside the results")
    return [_result(peer, visitors, row) for (peer, visitors), row in sorted(found.items())]


def _name(system: str, visitors: int) -> str:
    return f"peer.{system}" + (f".{visitors}_visitors" if visitors != VISITORS else "")


def _result(peer: str, visitors: int, row: Mapping[str, Any]) -> Result:
    cpu, latency = row["cpu_s_per_registration"], row["latency_s"]
    return Result(
        name=_name(peer, visitors),
        value=round(1 / cpu, 2),
        unit=UNIT,
        cpu_ms=round(cpu * 1000, 1),
        split={name: round(seconds * 1000, 1) for name, seconds in row["cpu_s_per_registration_by"].items()},
        **Percentiles(p50=latency["p50"] * 1000, p95=latency["p95"] * 1000, p99=latency["p99"] * 1000),
        beside={"registrations_per_s": row["per_s"], "requests": row["requests_per_flow"], "errors": row["errors"]},
        note=f"{visitors} visitors at a time; times are of the whole visit"
        + ("" if row["all_mail_arrived"] else "; not every mail arrived"),
    )


async def atelier(stand: Stand) -> list[Result]:
    """The same visitors at Atelier."""
    [(_, slug)] = await stand.workshops()
    return [await _atelier(stand, slug, visitors) for visitors in (VISITORS, MANY_VISITORS)]


def compared(results: Sequence[Result]) -> list[Result]:
    """How many times as much Atelier does for one second of processor time as each peer, with as many visitors."""
    values = {result.name: result.value for result in results}
    found = []
    for name, value in values.items():
        peer, _, visitors = name.removeprefix("peer.").partition(".")
        own = values.get(name.replace(peer, "atelier"))
        if peer != "atelier" and own is not None:
            found.append(
                Result(
                    name=f"peer.times_{peer}" + (f".{visitors}" if visitors else ""),
                    value=round(own / value, 1),
                    unit="times",
                    goal=f"at least {LEAST_TIMES:.0f} times as much as the peer for a second of processor time",
                    met=own / value >= LEAST_TIMES,
                )
            )
    return found


async def _atelier(stand: Stand, slug: str, visitors: int) -> Result:
    options = ["--from-page", "--connections", str(visitors)]
    await play(stand, [slug], [*options, "--seconds", "5"])
    played = await play(stand, [slug], [*options, "--seconds", str(SECONDS)])
    people = len(played.moments)
    return Result(
        name=_name("atelier", visitors),
        value=round(people / played.usage.atelier, 1),
        unit=UNIT,
        cpu_ms=round(played.usage.atelier * 1000 / people, 2),
        split=played.usage.per_unit(people),
        **percentiles(played.tally.flows),
        beside={"registrations_per_s": round(people / (played.tally.ended - played.tally.began), 1), "requests": 4},
        note=f"{visitors} visitors at a time; times are of the whole visit",
    )


async def _script(path: Path, options: Sequence[str], environment: Mapping[str, str]) -> None:
    """What it says goes to standard error, so that whoever waits sees it."""
    process = await asyncio.create_subprocess_exec("bash", str(path), *options, env=dict(environment), stdout=sys.stderr)
    if await process.wait():
        raise PeersCannotRunError(f"{path.name} failed with exit status {process.returncode}; what it said is above")
