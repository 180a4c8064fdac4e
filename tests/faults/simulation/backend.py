"""Where the services' databases are: in memory, or on a real server."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.process import Happening, Process
from tests.faults.simulation.scheduler import Scheduler


class Backend(Protocol):
    """The databases of one run."""

    def begin(self, scheduler: Scheduler, now: Callable[[], datetime]) -> None:
        """Serve this run."""

    async def set_scene(self, capacity: int) -> None:
        """One open workshop with nobody in it, in empty databases."""

    async def end(self) -> None:
        """Let go of the run."""

    def pool(self, process: Process, service: str) -> Any:
        """A process's connections to a service's database."""

    def connect(self, process: Process, service: str) -> Any:
        """One connection of its own, or a coroutine that opens it."""

    def listen(self, service: str, callback: Callable[[str], None]) -> None:
        """Tell of each notification's channel at its commit."""

    def strikes(self) -> list[Happening]:
        """What may become of connections now, beside those that are lost while somebody uses them."""

    def is_published(self, service: str) -> bool:
        """Whether a service's outbox is empty. Where that takes time to find out, False until it is known."""

    def seen(self, service: str, table: str) -> list[Row] | None:
        """A table as committed now; None where it cannot be looked at without waiting."""

    def changes(self) -> int:
        """Grows with every commit that `seen` can see."""

    async def rows(self, service: str, table: str) -> list[Row]:
        """A table as committed now."""
