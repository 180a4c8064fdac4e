"""The settings of a system on this machine, left by it for commands that speak to it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import typer

FILE = Path("secrets") / "command-line.json"
"""By service: the environment of a command that speaks for it. Readable by its owner only."""

_adopted: dict[str, Path] = {}


def adopt(directory: Path) -> None:
    """Take what is common to all commands; `speak_for` adds what one service has of its own."""
    file = directory / FILE
    if not file.exists():
        typer.echo(f"No system has left its settings in {directory}. Start one with: make up", err=True)
        raise typer.Exit(2)
    _adopted["file"] = file
    known = _read(file)
    for service, variables in known.items():
        os.environ[f"ATELIER_{service.upper()}_DATABASE_URL"] = variables["ATELIER_DATABASE_URL"]
    os.environ.update({name: value for name, value in known["registration"].items() if name != "ATELIER_DATABASE_URL"})


def speak_for(service: str) -> None:
    """Use a service's own settings from now on; without `--on` they are in the environment already."""
    if "file" in _adopted:
        os.environ.update(_read(_adopted["file"])[service])


def database_url() -> str:
    """The database of the service spoken for."""
    url = os.environ.get("ATELIER_DATABASE_URL")
    if not url:
        typer.echo("Set ATELIER_DATABASE_URL, or name a system on this machine: atelier --on var/up …", err=True)
        raise typer.Exit(2)
    return url


def _read(file: Path) -> Mapping[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = json.loads(file.read_text())
    return known
