"""What processes used between two looks."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from bench import processor_time

APART = ("load", "sink", "bench")
"""Processes that are none of Atelier's: their time is shown apart."""


@dataclass(frozen=True)
class Usage:
    """Processor seconds: by process, of the whole machine, and of it what the machine's host took away. `seconds` is real time."""

    by_process: Mapping[str, float]
    machine: float
    stolen: float
    seconds: float

    @property
    def atelier(self) -> float:
        """Of all processes but those that are shown apart."""
        return sum(value for name, value in self.by_process.items() if name not in APART)

    @property
    def others(self) -> float:
        """Of what no process here accounts for: the kernel's own work, and whoever else is on the machine."""
        return max(0.0, self.machine - sum(self.by_process.values()))

    def less(self, other: "Usage", times: float) -> "Usage":
        """Without what other work that was done meanwhile costs by itself: so many times as much as was measured of it."""
        by_process = {name: value - times * other.by_process.get(name, 0.0) for name, value in self.by_process.items()}
        return Usage(by_process, self.machine - times * other.machine, self.stolen, self.seconds)

    def per_unit(self, units: float) -> dict[str, float]:
        """Milliseconds for each unit of work, of each of Atelier's processes, largest first."""
        own = {name: round(value * 1000 / units, 3) for name, value in self.by_process.items() if name not in APART}
        return {name: value for name, value in sorted(own.items(), key=lambda pair: -pair[1]) if value}


class Watch:
    """`Watch(roots)` looks now; `stop()` looks again. `roots` are process ids by name; children count with them."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = dict(roots)
        self._began = time.monotonic()
        self._machine = processor_time.machine()
        self._before = processor_time.seconds(self._roots)

    def follow(self, name: str, pid: int) -> None:
        """Count one more process, from its beginning: it started after the first look."""
        self._roots[name] = pid

    def stop(self) -> Usage:
        """What was used since."""
        spent = processor_time.spent(self._before, processor_time.seconds(self._roots))
        busy, stolen = processor_time.machine()
        return Usage(spent, busy - self._machine[0], stolen - self._machine[1], time.monotonic() - self._began)
