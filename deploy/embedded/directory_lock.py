"""One launcher per data directory."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from deploy.embedded.errors import LaunchError


class DirectoryLock:
    """Held by an open file, so that the system lets go of it whatever ends the launcher."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "launcher.lock"
        self._file: IO[str] | None = None

    def acquire(self, *, address: str) -> None:
        """Take it and note who holds it. Raises LaunchError when another launcher runs on this directory."""
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = _read(file.read())
            file.close()
            raise LaunchError(
                f"Another Atelier runs on {self._path.parent}{holder}.",
                way_out="use that one, stop it with Ctrl-C in its terminal, or start this one on another folder",
            ) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let go; harmless when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _read(text: str) -> str:
    try:
        holder = json.loads(text)
    except ValueError:
        return ""
    return f" (process {holder['pid']}, {holder['address']})"
