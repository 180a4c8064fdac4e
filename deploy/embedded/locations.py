"""Where things lie: the checkout, and the cache that all checkouts of one person share."""

import os
import tempfile
from pathlib import Path

from deploy.embedded.errors import LaunchError

CHECKOUT = Path(__file__).resolve().parents[2]


def cache_directory() -> Path:
    """A writable folder that survives between runs; `ATELIER_CACHE` overrides it.

    Falls back to the checkout's own `.tools/cache` where the home folder is read-only, as in many build machines.
    """
    configured = os.environ.get("ATELIER_CACHE")
    if configured:
        return make_writable(Path(configured))
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return make_writable(Path(home) / "atelier")
    except (LaunchError, RuntimeError):  # RuntimeError: there is no home folder
        return make_writable(CHECKOUT / ".tools" / "cache")


def make_writable(directory: Path) -> Path:
    """Create the folder and try a write, so that a full or read-only disk is told now and not halfway through."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):  # of a name of its own: several may try at once
            pass
    except OSError as error:
        raise LaunchError(
            f"Cannot write to {directory}: {error.strerror}.",
            way_out="make the folder writable for you, or free some space there",
        ) from error
    return directory
