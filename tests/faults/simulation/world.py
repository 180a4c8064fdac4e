"""What all simulated worlds have: a scheduler, databases, a broker, processes that can be killed, and strikes of all kinds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from shared.contracts.topics import Topic
from tests.faults.simulation.actors.host import Host
from tests.faults.simulation.backend import Backend
from tests.faults.simulation.broker import Broker
from tests.faults.simulation.group import Group
from tests.faults.simulation.patches import in_place
from tests.faults.simulation.process import Happening, Inhabitant, Process
from tests.faults.simulation.scheduler import Point, Scheduler
from tests.faults.simulation.settings import BEGINNING


class World:
    """Worlds differ in who lives in them, what rest means, and what is promised."""

    relays_for = ""
    """The service whose outbox is relayed, if one is."""

    def __init__(self, tape: bytes, backend: Backend) -> None:
        self.backend = backend
        self.scheduler = Scheduler(tape, strikes=self.strikes, at_rest=self.at_rest, check=self.check)
        backend.begin(self.scheduler, self.now)
        self.broker = Broker(Process("Kafka", self.scheduler))
        self.hosts: list[Host] = []
        self._supervisor = Process("the supervisor", self.scheduler)

    def now(self) -> datetime:
        """Business time and real time, which are one here."""
        return BEGINNING + timedelta(seconds=self.scheduler.loop.time())

    def house(self, inhabitants: Mapping[str, Inhabitant]) -> None:
        """Processes by name; each is started with the story, and again whenever it was killed."""
        self.hosts = [Host(name, self.scheduler, self._supervisor, live) for name, live in inhabitants.items()]

    def groups(self, *topics: Topic) -> dict[Topic, Group]:
        """A consumer group for each topic."""
        return {topic: self.broker.group(topic.name) for topic in topics}

    def run(self) -> None:
        """Let it happen. Raises BrokenPromiseError."""
        connect: Callable[[Process], Any] = lambda process: self.backend.connect(process, self.relays_for)  # noqa: E731 - passed on
        with in_place(self.scheduler, self.broker, connect):
            self.scheduler.run(self._set(), self.finish, self.backend.end)

    async def _set(self) -> None:
        await self.set_scene()
        for host in self.hosts:
            host.start()

    async def set_scene(self) -> None:
        """What is there, and who else acts, before the first step."""
        raise NotImplementedError

    def at_rest(self) -> bool:
        """Whether nothing is left to do, now that nothing strikes any more."""
        raise NotImplementedError

    def check(self) -> None:
        """What must hold at every moment."""
        raise NotImplementedError

    async def finish(self) -> None:
        """What must hold in the end."""
        raise NotImplementedError

    def strikes(self) -> Sequence[Happening]:
        """What may go wrong now."""
        found = [strike for host in self.hosts for strike in host.strikes()]
        for point in self.scheduler.points:
            if point.severable is not None:
                found.append((point.process.name, "loses its connection to the database", lambda point=point: self._cut(point)))
            for what, error in point.mishaps:
                found.append((point.process.name, what, lambda point=point, error=error: self.scheduler.fail_point(point, error)))
        return found + self.backend.strikes() + self.broker.strikes()

    def _cut(self, point: Point) -> None:
        assert point.severable is not None
        point.severable.sever()
        self.scheduler.fail_point(point, asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"))
