"""Processor seconds of processes and all their children, as Linux counts them."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

_TICK = os.sysconf("SC_CLK_TCK")
_OWN_AND_REAPED = slice(11, 15)
"""utime, stime, cutime and cstime in /proc/<pid>/stat, after the name."""


def seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """User and system seconds since each process began, by name; of those that have ended as far as their parents have noticed."""
    return {name: sum(_own(pid) for pid in _tree(pid)) for name, pid in roots.items()}


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Between two looks."""
    return {name: after[name] - before.get(name, 0.0) for name in after}


def machine() -> tuple[float, float]:
    """Busy and stolen seconds of all cores since the machine started."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice, times.steal


def _tree(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    return []


def _own(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[_OWN_AND_REAPED])) / _TICK
    return 0.0
