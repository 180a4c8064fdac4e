"""The service on a database of its own and a mail server of its own; consumers, planner and senders are the real ones."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import ConsumerRecord, TopicPartition

from services.notifications.consumers import create_consumers
from services.notifications.delivery.prefetch import Prefetch
from services.notifications.delivery.sender import Sender
from services.notifications.delivery.sending_desk import SendingDesk
from services.notifications.jobs import Planner, count_due, create_composer
from services.notifications.settings import NotificationsSettings
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from shared.contracts.topics import Topic
from shared.runtime.batches import BatchProcessor
from shared.runtime.database import create_pool
from shared.runtime.lag import Position
from shared.runtime.telemetry import configure_logging
from shared.runtime.waiting import Activity, Stop
from shared.runtime.worker import Due, WorkerContext
from tests.component.notifications.mail_server import MailServer, mail_server
from tests.component.notifications.story import Story
from tests.unit.notifications.samples import NOW


@dataclass
class SteadyClock:
    """Business time that moves when it is told to."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


async def _nowhere() -> dict[TopicPartition, Position]:
    return {}


@dataclass
class World:
    """One notifications service: what it is told, what it does, and what became of it."""

    settings: NotificationsSettings
    pool: asyncpg.Pool
    mail: MailServer
    clock: SteadyClock = field(default_factory=SteadyClock)
    _made: list[Sender] = field(default_factory=list)

    def prefetch(self, stop: Stop | None = None) -> Prefetch:
        """What the senders of one worker share."""
        return Prefetch(self.settings, pool=self.pool, clock=self.clock, stop=stop or Stop())

    def sender(self, prefetch: Prefetch | None = None, **changes: Any) -> Sender:
        """A sender of a worker of its own, or of the one that shares `prefetch`."""
        settings = self.settings.model_copy(update=changes)
        desk = SendingDesk(settings, pool=self.pool, clock=self.clock)
        prefetch = prefetch or self.prefetch()
        self._made.append(Sender(settings, clock=self.clock, composer=create_composer(settings), prefetch=prefetch, desk=desk))
        return self._made[-1]

    @property
    def planner(self) -> Planner:
        return Planner(WorkerContext(self.settings, self.pool, self.clock, _nowhere, Stop()))

    async def hear(self, told: Iterable[tuple[Topic, ConsumerRecord]]) -> None:
        """Process records one by one, as batches of their own."""
        processor = BatchProcessor(create_consumers(self.settings), pool=self.pool, clock=self.clock, stop=Stop(), activity=Activity())
        for topic, record in told:
            await processor.process(topic, [record])
        assert await self.pool.fetchval("SELECT count(*) FROM dead_letters") == 0

    async def plan(self) -> None:
        while await self.planner.plan():
            pass

    async def work(self, at: datetime | None = None) -> None:
        """Plan and send until there is nothing to do."""
        self.clock.at = at or self.clock.at
        sender = self.sender()
        while await self.planner.plan() or await sender.run():
            pass
        sender.close()

    async def live(self, story: Story, *, heard: int = 0) -> int:
        """Hear what is new in a story and do what follows at that moment. Returns how much was heard."""
        await self.hear(story.told[heard:])
        await self.work(max(story.now, self.clock.at))
        return len(story.told)

    async def due(self) -> Due:
        async with self.pool.acquire() as connection:
            return await count_due(connection, self.clock.now())

    async def messages(self, registration_id: UUID | None = None) -> dict[tuple[str, str], tuple[str, str | None]]:
        """(purpose, occurrence) -> (state, reason), of one registration."""
        rows = await self.pool.fetch(
            "SELECT * FROM messages WHERE registration_id = $1 OR $1 IS NULL ORDER BY rank = 3, due_at, rank, sequence", registration_id
        )
        return {(row["purpose"], row["occurrence"]): (row["state"], row["skip_reason"]) for row in rows}

    async def published(self) -> list[Event]:
        rows = await self.pool.fetch("SELECT payload FROM outbox ORDER BY id")
        return [decode(row["payload"])[1] for row in rows]

    @property
    def purposes(self) -> list[str]:
        return [str(mail["X-Atelier-Purpose"]) for mail in self.mail.taken]

    def close(self) -> None:
        for sender in self._made:
            sender.close()


@pytest.fixture
async def new_world(database: Callable[[str], Awaitable[str]]) -> AsyncIterator[Callable[[], Awaitable[World]]]:
    """Makes as many services as a test needs, each with its own database; the mail server is shared."""
    made: list[World] = []
    async with mail_server() as mail:

        async def new() -> World:
            settings = NotificationsSettings(
                environment="development",
                database_url=await database("notifications"),
                smtp_host="127.0.0.1",
                smtp_port=mail.port,
                smtp_timeout=5,
                mail_from="atelier@example.org",
                public_url="https://atelier.example.org",
            )
            configure_logging(settings, "notifications")
            made.append(World(settings, await create_pool(settings, application_name="test"), mail))
            return made[-1]

        yield new
        for world in made:
            world.close()
            await world.pool.close()


@pytest.fixture
async def world(new_world: Callable[[], Awaitable[World]]) -> World:
    return await new_world()


@pytest.fixture
def story() -> Story:
    made = Story()
    made.open()
    return made
