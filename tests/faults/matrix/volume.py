"""A small volume of its own for PostgreSQL's data, which can be made full in a moment."""

import contextlib
import functools
import math
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MEGABYTES = 4096
"""Of room. It is memory, and only what is used of it is taken."""


class Volume:
    """A tmpfs mounted over a folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def mount(self) -> None:
        """Mount it, in place of one that a run left behind when it was killed."""
        self.directory.mkdir(parents=True, exist_ok=True)
        while self.directory.is_mount():
            self._run("umount", "--lazy", str(self.directory))
        self._run("mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755", "tmpfs", str(self.directory))

    def unmount(self) -> None:
        """Take it away, with all that it holds."""
        if self.directory.is_mount():
            self._run("umount", "--lazy", str(self.directory))

    def fill(self) -> None:
        """Leave no room: the volume shrinks to what is used of it."""
        page = os.sysconf("SC_PAGE_SIZE")
        for _ in range(20):
            used = math.ceil(shutil.disk_usage(self.directory).used / page) * page
            with contextlib.suppress(subprocess.CalledProcessError):  # something was written since
                self._run("mount", "-o", f"remount,size={used}", str(self.directory))
                return
        raise OSError(f"{self.directory} could not be made full")

    def empty(self) -> None:
        """Give the room back."""
        self._run("mount", "-o", f"remount,size={MEGABYTES}m", str(self.directory))

    @staticmethod
    def _run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)


@functools.cache
def why_not() -> str | None:
    """Why no volume can be mounted here, or None."""
    if os.geteuid() != 0:
        return "mounting a volume takes root"
    with tempfile.TemporaryDirectory(prefix="atelier-volume-") as folder:
        volume = Volume(Path(folder))
        try:
            volume.mount()
            volume.fill()
        except (OSError, subprocess.CalledProcessError):
            return "mounting a volume is not allowed here"
        finally:
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                volume.unmount()
    return None
