"""The product with a mechanism taken out does what it must never do, and that is seen; with it, the same blow harms nothing."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient

from services.notifications.consumers import create_consumers
from services.notifications.use_cases.claim_messages import claim_messages
from services.registration.web.admission import Attempt, admit
from shared.contracts.catalogue import decode
from shared.contracts.topics import REGISTRATIONS, Topic
from shared.runtime.database import create_pool
from shared.runtime.outbox import publish
from shared.runtime.relay import Relay
from shared.runtime.settings import ServiceSettings
from shared.runtime.waiting import Activity, Stop
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story
from tests.component.registration.material import LINKS, NOW, open_one, submission
from tests.component.runtime.parts import on_topic, producing, promoted
from tests.faults import small_worlds
from tests.faults.matrix.defects import DEFECTS
from tests.faults.matrix.kill_points.control import Order
from tests.faults.small_worlds import Fell, NewDatabase
from tests.waiting import eventually


@dataclass
class Ground:
    """What a scene may build on."""

    database: NewDatabase
    kafka: str
    topic_prefix: str
    folder: Path
    defect: str | None


def story_of(*names: str) -> Story:
    story = Story()
    story.open()
    for name in names:
        story.person(name)
    return story


def sent_twice(world: World) -> list[str]:
    mails = Counter(str(mail["Message-ID"]) for mail in world.mail.taken)
    return [f"{mail} came {times} times" for mail, times in mails.items() if times > 1]


async def records_come_again(ground: Ground) -> list[str]:
    async with small_worlds.notifications(ground.database) as world:
        story = story_of("Ana")
        await world.live(story)
        await world.live(story)
        return sent_twice(world)


async def a_worker_dies_in_the_middle_of_a_batch(ground: Ground) -> list[str]:
    story = story_of(*(f"P{number}" for number in range(6)))
    people = [one for one in story.told if one[0].name in {"participants", "registrations"}]
    async with small_worlds.notifications(ground.database) as world:
        environment = {
            "environment": "development",
            "database_url": world.settings.dsn,
            "kafka_bootstrap": ground.kafka,
            "topic_prefix": ground.topic_prefix,
            "smtp_port": world.mail.port,
        }
        async with small_worlds.hosted("services.notifications.worker_app", environment, ground.folder, defect=ground.defect) as worker:
            await eventually(worker.ready, within=60, what="the worker is ready")
            small_worlds.arm(ground.folder, Order("batch-middle", 0.0))  # of the next batch, however few there will be
            places = await produce(environment, people)
            await worker.fell()
        acknowledged = await committed(ground, world)
        kept = {row["event_id"] for row in await world.pool.fetch("SELECT event_id FROM inbox")}
        return [
            f"{place} was acknowledged, and nothing was kept of it"
            for place, event_id in places.items()
            if place[2] < acknowledged.get(place[:2], 0) and event_id not in kept
        ]


Place = tuple[str, int, int]
"""Topic, partition, offset."""


async def produce(environment: Mapping[str, object], told: Sequence[tuple[Topic, ConsumerRecord]]) -> dict[Place, UUID]:
    """Put records on Kafka; returns where each event lies."""
    settings = ServiceSettings(**environment)  # type: ignore[arg-type]  # takes what it knows
    async with producing(settings) as producer:
        sent = [await producer.send(settings.topic_name(topic.name), key=record.key, value=record.value) for topic, record in told]
        placed = await asyncio.gather(*sent)
    return {
        (topic.name, one.partition, one.offset): decode(record.value or b"")[0].id
        for (topic, record), one in zip(told, placed, strict=True)
    }


async def committed(ground: Ground, world: World) -> dict[tuple[str, int], int]:
    """What notifications has acknowledged: by topic and partition, the offset that it would go on with."""
    admin, found = AIOKafkaAdminClient(bootstrap_servers=ground.kafka), dict[tuple[str, int], int]()
    await admin.start()
    try:
        consumers = create_consumers(world.settings)
        for topic in consumers.topics:
            offsets = await admin.list_consumer_group_offsets(consumers.group(topic, prefix=ground.topic_prefix))
            found |= {(topic.name, place.partition): stored.offset for place, stored in offsets.items()}
    finally:
        await admin.close()
    return found


async def a_holder_wakes_after_its_lease(ground: Ground) -> list[str]:
    async with small_worlds.notifications(ground.database) as world:
        await world.hear(story_of("Ana").told)
        await world.plan()
        async with world.pool.acquire() as connection, connection.transaction():
            held, _ = await claim_messages(connection, limit=1, lease_seconds=60, mail_domain="example.org", now=world.clock.at)
        await small_worlds.let_leases_expire(world)
        await world.work()
        await world.sender()._send(held[0])
        return sent_twice(world)


async def a_worker_dies_after_the_answer_to_its_text(ground: Ground) -> list[str]:
    async with small_worlds.notifications(ground.database) as world:
        await world.hear(story_of("Ana").told)
        await world.plan()
        with small_worlds.falling("notifications-worker", Order("mail-answered"), ground.folder), pytest.raises(Fell):
            await world.sender().run()
        await small_worlds.let_leases_expire(world)
        await world.work()
        return sent_twice(world)


async def a_process_dies_before_its_commit(ground: Ground) -> list[str]:
    async with small_worlds.registration(ground.database, ground.folder) as site:
        async with site.pool.acquire() as connection:
            workshop = await open_one(connection, capacity=10)
        with small_worlds.falling("registration-web", Order("admission-placed"), ground.folder), pytest.raises(Fell):
            await admit(site.pool, workshop.id, [submission()], [Attempt()], links=LINKS, link_interval=timedelta(hours=1), now=NOW)
        rows = await site.pool.fetch(
            "SELECT type, key FROM outbox o WHERE topic = 'registrations' AND NOT EXISTS (SELECT FROM registrations r WHERE r.id = o.key)"
        )
        return [f"{row['type']} speaks of {row['key']}, which nobody has" for row in rows]


Rows = Sequence[Mapping[str, int]]


class Held:
    """The first relay that has rows in hand waits before it sends them: Kafka may be slow for one process and not for another."""

    def __init__(self, relays: Sequence[Relay]) -> None:
        self.waits = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.others_came_to = 0
        for relay in relays:
            relay._send = partial(self._send, relay._send)  # type: ignore[method-assign]  # one relay's, not the product's

    async def _send(self, send: Callable[..., Awaitable[None]], connection: object, producer: object, rows: Rows, lost: object) -> None:
        if first := not self.waits.is_set():
            self.waits.set()
            await self.goes_on.wait()
        await send(connection, producer, rows, lost)
        if not first:
            self.others_came_to = rows[-1]["id"]


async def two_relays_at_once(ground: Ground) -> list[str]:
    settings = ServiceSettings(
        environment="development",
        database_url=await ground.database("registration"),
        kafka_bootstrap=ground.kafka,
        topic_prefix=ground.topic_prefix,
    )
    pool, keys = await create_pool(settings, application_name="test"), [uuid4() for _ in range(10)]
    wake, stop = asyncio.Event(), Stop()
    relays = [Relay(settings, service="registration", wake=wake, stop=stop, activity=Activity()) for _ in range(2)]
    held = Held(relays)
    running = [asyncio.create_task(relay.run()) for relay in relays]
    leaders = 2 if ground.defect else 1

    async def publish_to_all() -> None:
        async with pool.acquire() as connection, connection.transaction():
            for _ in range(5):
                await publish(connection, [promoted(key) for key in keys], source="registration", now=NOW)
        wake.set()

    try:
        await eventually(lambda: sum(relay.leading for relay in relays) == leaders, within=30, what=f"{leaders} to lead")
        await publish_to_all()
        await eventually(held.waits.is_set, within=30, what="one has rows in hand")
        await publish_to_all()
        if leaders > 1:
            last = await pool.fetchval("SELECT max(id) FROM outbox")
            await eventually(lambda: held.others_came_to == last, within=30, what="the other has sent what came later")
        held.goes_on.set()
        await eventually(
            lambda: pool.fetchval("SELECT count(*) = 0 FROM outbox WHERE published_at IS NULL"), within=30, what="all is published"
        )
    finally:
        held.goes_on.set()
        stop.request()
        await asyncio.gather(*running)
        await pool.close()
    first: dict[UUID, list[int]] = {}
    for record in await on_topic(settings, REGISTRATIONS):
        envelope, event = decode(record.value or b"")
        numbers = first.setdefault(event.key, [])
        if envelope.sequence is not None and envelope.sequence not in numbers:
            numbers.append(envelope.sequence)
    assert {len(numbers) for numbers in first.values()} == {10}, "nothing is lost either way"
    return [f"{key} came out of order" for key, numbers in first.items() if numbers != sorted(numbers)]


async def many_ask_at_once(ground: Ground) -> list[str]:
    async with small_worlds.registration(ground.database, ground.folder) as site:
        async with site.pool.acquire() as connection:
            workshop = await open_one(connection, capacity=10)

        async def ask() -> None:
            await admit(site.pool, workshop.id, [submission()], [Attempt()], links=LINKS, link_interval=timedelta(hours=1), now=NOW)

        await asyncio.gather(*(ask() for _ in range(30)))
        confirmed = await site.pool.fetchval("SELECT count(*) FROM registrations WHERE state = 'confirmed'")
        return [f"{confirmed} are confirmed for 10 places"] if confirmed > 10 else []


SCENES: Mapping[str, Callable[[Ground], Awaitable[list[str]]]] = {
    "inbox-and-key-skipped": records_come_again,
    "acknowledged-before-commit": a_worker_dies_in_the_middle_of_a_batch,
    "lease-without-fencing": a_holder_wakes_after_its_lease,
    "sending-not-committed": a_worker_dies_after_the_answer_to_its_text,
    "outbox-outside-transaction": a_process_dies_before_its_commit,
    "relay-without-leader": two_relays_at_once,
    "capacity-without-lock": many_ask_at_once,
}


@pytest.mark.parametrize("planted", [False, True], ids=["whole", "planted"])
@pytest.mark.parametrize("defect", [defect.name for defect in DEFECTS])
async def test_a_defect_is_caught(
    database: NewDatabase, kafka: str, topic_prefix: str, tmp_path: Path, defect: str, *, planted: bool
) -> None:
    ground = Ground(database, kafka, topic_prefix, tmp_path, defect if planted else None)
    with small_worlds.planted(ground.defect):
        found = await SCENES[defect](ground)
    assert bool(found) == planted, found
