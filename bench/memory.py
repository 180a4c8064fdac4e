"""How much memory processes hold."""

import contextlib
import threading
from typing import Self

import psutil

MIB = 2**20
LOOK_EACH = 0.5


def held(pid: int) -> float:
    """MiB of a process and its children, with pages that several share counted in parts (PSS)."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += process.memory_full_info().pss
    return total / MIB


class Peak:
    """`with Peak(pid) as peak:` looks again and again from a thread; `peak.mib` is the most that was held."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.mib = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.mib = max(self.mib, held(self._pid))
            if self._over.wait(LOOK_EACH):
                return
