"""Where a process of the product lives: it is started again whenever it was killed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.simulation.process import Happening, Inhabitant, Process
from tests.faults.simulation.scheduler import Scheduler


@dataclass
class Host:
    """One process after the other, under one name."""

    name: str
    scheduler: Scheduler
    supervisor: Process
    inhabitant: Inhabitant

    def start(self) -> None:
        """Begin a life."""
        self.process = Process(self.name, self.scheduler)
        self.scheduler.watch(self.process.spawn(self.inhabitant(self.process)))

    def strikes(self) -> list[Happening]:
        """What may become of it now."""
        if not self.process.alive:
            return []
        found: list[Happening] = [(self.name, "is killed", self._kill)]
        if not self.process.frozen:
            found.append((self.name, "freezes", self._freeze))
        return found

    def _kill(self) -> None:
        self.process.kill()
        self.supervisor.spawn(self._start_again())

    def _freeze(self) -> None:
        self.process.frozen = True

    async def _start_again(self) -> None:
        await self.supervisor.point(f"starts {self.name} again")
        self.start()


def person(name: str, scheduler: Scheduler, live: Callable[[Process], Any]) -> None:
    """Somebody outside, whom nothing strikes."""
    process = Process(name, scheduler)
    scheduler.watch(process.spawn(live(process)))
