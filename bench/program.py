"""A measured program: it does its work, and says in one line how much it was, how long it took and what it cost."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self


class ProgramFailedError(RuntimeError):
    """It could not do its work; the text is what it said."""


@dataclass(frozen=True)
class Spent:
    """Units of work, seconds of real time, and processor seconds of the process itself."""

    units: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.units / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds a unit."""
        return self.cpu * 1000 / self.units


class Stopwatch:
    """`watch = Stopwatch()` when the work begins; `watch.tell(units)` when it is done, as the program's last line."""

    def __init__(self) -> None:
        self._began, self._cpu = time.monotonic(), time.process_time()

    def tell(self, units: int) -> None:
        """Say what was done."""
        spent = Spent(units, time.monotonic() - self._began, time.process_time() - self._cpu)
        sys.stdout.write(json.dumps(asdict(spent)) + "\n")

    @classmethod
    def start(cls) -> Self:
        """Now."""
        return cls()


async def run(module: str, options: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run `python -m module`. Raises ProgramFailedError where it ends with anything but success."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *options),
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, words = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ProgramFailedError(f"{module}: {words.decode(errors='replace')[-2000:]}")
    return Spent(**json.loads(said.decode().strip().splitlines()[-1]))
