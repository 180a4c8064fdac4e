"""All static checks, each with its verdict: `python -m deploy.checks`. Exit status 1 if one complains."""

import subprocess
import sys
from collections.abc import Callable

from rich.console import Console

from deploy.checks.file_lengths import check_file_lengths
from deploy.checks.files import tracked
from deploy.checks.lock_contents import check_lock_contents
from deploy.checks.storage_clock import check_storage_clock
from deploy.checks.words import check_words
from deploy.embedded.locations import CHECKOUT

PROGRAMS = {
    "ruff: rules": ["ruff", "check"],
    "ruff: format": ["ruff", "format", "--check"],
    "mypy: types": ["mypy"],
    "import-linter: who imports whom": ["lint-imports"],
    "squawk: migrations": ["squawk", "--config", ".squawk.toml"],
    "generated documents are current": [sys.executable, "-m", "deploy.command_line.main", "documents", "--check"],
}
OWN: dict[str, Callable[[], list[str]]] = {
    "locks hold what is asked for": check_lock_contents,
    "lengths of files": check_file_lengths,
    "business time in storage": check_storage_clock,
    "words that do not belong": check_words,
}


def main() -> None:
    """Run them all, whatever the others say, and tell what each complained about."""
    console = Console(highlight=False)
    failed = 0
    for name, command in PROGRAMS.items():
        if command[0] == "squawk":
            command += [str(path) for path in tracked("*.sql")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CHECKOUT)
        failed += _tell(console, name, (done.stdout + done.stderr).strip() if done.returncode else "")
    for name, check in OWN.items():
        failed += _tell(console, name, "\n".join(check()))
    sys.exit(1 if failed else 0)


def _tell(console: Console, name: str, complaint: str) -> bool:
    console.print(f"[red]✗[/] {name}" if complaint else f"[green]✓[/] {name}")
    if complaint:
        console.print(complaint, markup=False, soft_wrap=True)
    return bool(complaint)


if __name__ == "__main__":
    main()
