"""The folder that a demonstration leaves behind, and that the next one replaces."""

import shutil
from pathlib import Path

from deploy.embedded.directory_lock import DirectoryLock
from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import make_writable
from deploy.embedded.processes import stop_leftovers

MARKER = "made-by-the-demonstration"
DATA = "data"


def make_fresh(directory: Path) -> Path:
    """Empty the folder and return the one inside it for the system's data.

    Raises LaunchError when a demonstration still runs on it, or when it holds something that no demonstration has made: nothing is
    removed then.
    """
    directory = directory.resolve()
    if directory.exists() and any(directory.iterdir()) and not (directory / MARKER).exists():
        raise LaunchError(
            f"{directory} holds something that no demonstration has made.",
            way_out="move it away, or play the demonstration in another folder",
        )
    data = make_writable(directory / DATA)
    (directory / MARKER).touch()
    lock = DirectoryLock(data)
    lock.acquire(address="a demonstration that cleans up")
    try:
        stop_leftovers(data)
        for entry in directory.iterdir():
            if entry.name not in {MARKER, DATA}:
                _remove(entry)
        for entry in data.iterdir():
            if entry.name != "launcher.lock":
                _remove(entry)
    finally:
        lock.release()
    return data


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
