"""Each lock holds what pyproject.toml asks for; whether in the newest versions is the business of `make lock`."""

import re
import tomllib
from collections.abc import Iterable

from deploy.checks.lock import FOLDER, LOCKS
from deploy.embedded.locations import CHECKOUT


def check_lock_contents() -> list[str]:
    """Complaints: a dependency that its lock does not name."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    complaints = []
    for name, options in LOCKS.items():
        chosen = [*extras] if "--all-extras" in options else [option for option in options if option in extras]
        wanted = _names(
            [
                *project["project"]["dependencies"],
                *(dependency for extra in chosen for dependency in extras[extra]),
                *(dependency for group in options if group in groups for dependency in groups[group]),
            ]
        )
        locked = _names((CHECKOUT / FOLDER / f"{name}.txt").read_text().splitlines())
        complaints += [f"requirements/{name}.txt lacks {missing}: run make lock" for missing in sorted(wanted - locked)]
    return complaints


def _names(lines: Iterable[str]) -> set[str]:
    """The packages' normalised names (PEP 503)."""
    found = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}
