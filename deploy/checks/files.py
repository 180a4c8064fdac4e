"""The files that the project consists of: those that git knows, or would know."""

import subprocess
from pathlib import Path

from deploy.embedded.locations import CHECKOUT


def tracked(*patterns: str) -> list[Path]:
    """Paths relative to the checkout, in order. Untracked files count unless ignored, so that a check sees what a commit will hold."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],  # noqa: S607 - where git is differs
        capture_output=True, text=True, check=True, cwd=CHECKOUT,
    )  # fmt: skip
    return sorted(path for path in map(Path, set(listed.stdout.splitlines())) if (CHECKOUT / path).is_file())
