"""What the figures were measured on."""

import os
import platform
import statistics
import subprocess
import timeit
from pathlib import Path

import psutil

from deploy.embedded.locations import CHECKOUT


def describe() -> dict[str, str | float]:
    """Processor, cores, memory and kernel; and since names of processors say little, how fast it is at what all of this is made of.

    `loop_ns` are nanoseconds of one turn of an empty loop in Python, before anything is measured.
    """
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "loop_ns": loop_ns(),
    }


def commit() -> str:
    """What is measured, as git names it; with `-dirty` where files were changed since. Empty outside of a checkout."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607 - whichever git there is
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def loop_ns() -> float:
    """How fast the machine is at this moment: one that others share may be half as fast ten minutes later."""
    return round(statistics.median(timeit.repeat("for _ in range(1_000_000): pass", number=1, repeat=9)) * 1000, 1)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
