"""From facts to mails: inbox, messages, claims, `sending`, DATA, outcomes and recovery, with a mail server that is not always heard."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

from services.notifications.consumers import create_consumers
from services.notifications.delivery import sender
from services.notifications.delivery.prefetch import Prefetch
from services.notifications.delivery.sender import Sender
from services.notifications.delivery.sending_desk import SendingDesk
from services.notifications.jobs import Planner
from services.notifications.settings import NotificationsSettings
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.runtime.jobs import Job, repeat
from shared.runtime.waiting import Activity, Stop
from shared.runtime.worker import WorkerContext
from tests.faults.simulation.actors.host import person
from tests.faults.simulation.actors.registrar import Registrar
from tests.faults.simulation.actors.workers import ConsumingWorker
from tests.faults.simulation.in_memory.backend import MemoryBackend
from tests.faults.simulation.mail_server import Line, MailServer, PlainComposer
from tests.faults.simulation.message_promises import MessageWatch, check_messages
from tests.faults.simulation.process import Happening, Process
from tests.faults.simulation.world import World

SETTINGS = NotificationsSettings(
    environment="development",
    database_url="postgresql://nobody@127.0.0.1:1/nothing",
    mail_from="atelier@example.org",
    claim_seconds=10,
    sending_seconds=20,
    smtp_timeout=5,
    retry_first_seconds=5,
)
SETTLED = {"sent", "skipped", "uncertain", "failed"}


CONSUMERS = create_consumers(SETTINGS)
"""Handlers keep nothing between two runs."""


@dataclass(frozen=True)
class People:
    """For each person, what registration tells in this order: any of confirmed, waitlisted, promoted, withdrawn, erased."""

    told: tuple[tuple[str, ...], ...]


class MessagesWorld(World):
    """Registration, which tells facts; two workers of notifications; a broker, a database, a mail server."""

    def __init__(self, people: People, tape: bytes, backend: MemoryBackend) -> None:
        super().__init__(tape, backend)
        self._memory = backend
        self.registrar = Registrar(people.told, self.broker)
        self.watch = MessageWatch()
        self.mail_server = MailServer(self._take)
        self._groups = self.groups(PARTICIPANTS, REGISTRATIONS)
        self._seen = -1
        self.house({f"worker {number}": self._work for number in (1, 2)})

    async def _work(self, process: Process) -> None:
        """What the worker of notifications runs, save planning for whole workshops."""
        pool: Any = self.backend.pool(process, "notifications")
        consuming = ConsumingWorker(CONSUMERS, self._groups, pool=lambda _process: pool, clock=self)
        await consuming.live(process)
        planner = Planner(WorkerContext(SETTINGS, pool, self, _no_positions, Stop()))
        desk = SendingDesk(SETTINGS, pool=pool, clock=self)
        composer: Any = PlainComposer()  # composes as much as is needed
        prefetch = Prefetch(SETTINGS, pool=pool, clock=self, stop=Stop())
        senders = [Sender(SETTINGS, clock=self, composer=composer, prefetch=prefetch, desk=desk) for _ in range(2)]
        sending = [Job(f"send {number}", sender.run, every=2.0, thorough=True) for number, sender in enumerate(senders, start=1)]
        for job in (*sending, Job("recover", planner.recover, every=5.0)):
            wake = asyncio.Event()
            self.backend.listen("notifications", lambda _channel, wake=wake: wake.set())
            self.scheduler.watch(process.spawn(repeat(job, wake=wake, stop=Stop(), activity=Activity())))

    def run(self) -> None:
        with patch.object(sender, "SmtpConnection", lambda _settings: Line(self.mail_server, self.scheduler.current())):
            super().run()

    async def set_scene(self) -> None:
        self._memory.plant_workshop_for_mails()
        person("registration", self.scheduler, self.registrar.live)

    def strikes(self) -> list[Happening]:
        return [*super().strikes(), *self.registrar.strikes()]

    def at_rest(self) -> bool:
        """Everything told is heard, and every message has come to an end."""
        lag = sum(group.lag for group in self._groups.values())
        return self.registrar.done and not lag and all(row["state"] in SETTLED for row in self._messages())

    def check(self) -> None:
        if self._seen != self.backend.changes():
            self._seen = self.backend.changes()
            self.watch.look(self._messages(), self._memory.seen("notifications", "registrations"))

    async def finish(self) -> None:
        dead_letters = self._memory.seen("notifications", "dead_letters")
        assert not dead_letters, f"set aside: {[row['reason'] for row in dead_letters]}"
        check_messages(self._messages(), self.registrar, self.watch, self._memory.seen("notifications", "outbox"))

    def _take(self, message_id: UUID) -> None:
        try:
            self.watch.take(message_id, self._messages())
        except AssertionError as broken:
            self.scheduler.fail(broken)

    def _messages(self) -> list[Any]:
        return self._memory.seen("notifications", "messages")


async def _no_positions() -> dict[Any, Any]:
    return {}


def lives() -> Iterator[tuple[str, ...]]:
    """What may be told of one person."""
    for beginning in (("confirmed",), ("waitlisted",), ("waitlisted", "promoted")):
        for end in ((), ("withdrawn",), ("withdrawn", "erased"), ("erased",)):
            yield (*beginning, *end)
