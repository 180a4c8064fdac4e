"""The stage: real servers, the real system on them with a link between any two parts, and the load that plays on it."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from deploy.embedded.databases import SERVICES
from deploy.embedded.status import Status
from deploy.embedded.system import System
from tests.waiting import eventually

if TYPE_CHECKING:
    from tests.faults.matrix.link import Link
    from tests.faults.matrix.load import Load
    from tests.faults.matrix.servers import FaultServers
    from tests.faults.matrix.smtp import SmtpFront

CONTROL = "ATELIER_MATRIX_CONTROL"
"""Variable of every process of a service: its own control folder. A file `armed` there holds the name of the kill point at which it
kills itself: the process looks at every kill point, and takes the file away right before the kill."""
PAUSE = 0.02
REST = 0.25
"""Seconds between two questions whether all is done: each makes three workers count what is due, and Kafka what is unread."""


@dataclass
class Stage:
    """Everything a fault may lay hands on.

    `links` are named `<service>-postgres`, `<service>-kafka`, `front-door-<service>` and `notifications-smtp`.
    """

    directory: Path
    system: System
    load: "Load"
    servers: "FaultServers"
    smtp: "SmtpFront"
    links: Mapping[str, "Link"] = field(default_factory=dict)
    planted: set[str] = field(default_factory=set)
    """Records that a fault has put on Kafka by hand and that no contract explains, as `topic-partition@offset`, the topic without its
    prefix: each must be set aside by whoever reads the topic, and is no disagreement."""
    worth_keeping: bool = False
    """Whether something was found on it, so that its logs are kept."""
    longest_outage: float = 20.0
    """Seconds that a server is away at most; up to six minutes where the plan allows it."""

    async def in_flight(self, service: str | None = None, *, of_worker: bool = False) -> bool:
        """Whether there is work that a strike would interrupt: form requests, unpublished outbox rows, lag, or due work.

        Args:
            service: only this one's; requests of people and organisers are registration's. None: anybody's.
            of_worker: only what its worker has to do, not what people wait for at its pages.

        Returns:
            For the web processes of the other two services, `load.asking(service)` says more.
        """
        if not of_worker and self.load.under_way and service in {None, "registration"}:
            return True
        statuses = await self.system.status()
        asked = SERVICES if service is None else (service,)
        return any(_busy(statuses[name]) for name in asked)

    async def until_in_flight(self, service: str | None = None, within: float = 20, *, of_worker: bool = False) -> bool:
        """Wait for it; False when there was none in time."""
        deadline = time.monotonic() + within
        while not await self.in_flight(service, of_worker=of_worker):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(PAUSE)
        return True

    def control(self, process: str) -> Path:
        """The process's control folder."""
        folder = self.directory / "control" / process
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def arm(self, process: str, point: str) -> None:
        """The next time the process reaches that kill point, it kills itself with SIGKILL."""
        part = self.control(process) / "armed.part"
        part.write_text(point)
        part.rename(part.with_suffix(""))

    def disarm(self, process: str) -> None:
        """Take that back."""
        (self.control(process) / "armed").unlink(missing_ok=True)

    async def fell(self, process: str, within: float = 20) -> bool:
        """Wait until the process has died at the point that was armed.

        When time is up, or the load has ended and all its work is done, it is disarmed, and the answer is False.
        """
        deadline = time.monotonic() + within
        struck = self.system.process(process)
        while struck.running:
            if time.monotonic() > deadline or (self.load.ended and not await self.in_flight()):
                break
            await asyncio.sleep(PAUSE)
        self.disarm(process)
        return not struck.running

    async def restart(self, process: str) -> None:
        """Start it again and wait until it is ready."""
        await self.system.process(process).start(within=120)

    def move_clock(self, by: timedelta) -> None:
        """Let business time jump, whatever is going on: unlike the clock's own ways, which wait for rest and never go back."""
        clock = self.system.clock
        clock.start_at(clock.now() + by)

    def children(self, process: str) -> list[psutil.Process]:
        """The processes that it has started itself, such as those that render certificates."""
        return psutil.Process(self.system.process(process).pid).children(recursive=True)

    async def healthy(self, within: float = 120) -> float:
        """Start what died, and wait until every process says that it is ready; returns the seconds."""
        began = time.monotonic()
        for process in self.system.processes():
            self.disarm(process.name)
            process.launch()
        await asyncio.gather(*(process.ready(within=within) for process in self.system.processes()))
        return time.monotonic() - began

    async def rest(self, within: float = 180) -> float:
        """Start what died, and wait until outbox, lag and due work are zero everywhere; returns the seconds. AssertionError in vain."""
        began = time.monotonic()
        await self.healthy(within)
        before: Mapping[str, Status | None] = {}

        async def at_rest() -> bool:
            nonlocal before
            await asyncio.sleep(REST)
            statuses = await self.system.status()
            same, before = statuses == before, statuses
            if not all(status is not None and status.quiet for status in statuses.values()):
                raise AssertionError("; ".join(f"{name}: {status or 'does not answer'}" for name, status in statuses.items()))
            return same

        await eventually(at_rest, within=within, what="the system is at rest")
        return time.monotonic() - began


def _busy(status: Status | None) -> bool:
    """A worker that does not answer is no proof of work."""
    return status is not None and not status.quiet


def moment(chance: random.Random, actions: int) -> tuple[int, float]:
    """When to strike: after so many acknowledged actions of the load, and so many seconds."""
    return chance.randrange(1, max(2, actions)), chance.randrange(0, 250) / 1000
