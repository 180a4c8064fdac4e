"""A broker that is killed and comes back, and erased records that vanish from its files: on a broker of these tests' own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.embedded.jars import ensure_jars
from deploy.embedded.kafka import KafkaServer
from shared.contracts.participants import ERASED_TYPE
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.runtime.database import Pool
from shared.runtime.outbox import Tombstone, publish
from shared.runtime.producer import create_producer, discard
from shared.runtime.provisioning import provision_topics
from shared.runtime.settings import ServiceSettings
from tests.component.runtime.parts import NOW, confirmed, consuming, note_taker, notes, on_topic, participant, producing, promoted, relaying
from tests.waiting import eventually

BOUND = 16
SECRET = "Željka-Անի-7f3a"


@pytest.fixture(scope="module")
async def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    server = KafkaServer(tmp_path_factory.mktemp("kafka"), jars=await asyncio.to_thread(ensure_jars), heap_megabytes=384)
    try:
        await server.start()
        yield server
    finally:
        server.process.kill()
        await server.stop()


@pytest.fixture
async def own_settings(own_kafka: KafkaServer, messaging_database: str) -> ServiceSettings:
    settings = ServiceSettings(
        environment="development",
        database_url=messaging_database,
        kafka_bootstrap=own_kafka.bootstrap,
        topic_prefix=f"{uuid4().hex[:8]}.",
        erasure_bound_seconds=BOUND,
    )
    await provision_topics(own_kafka.bootstrap, prefix=settings.topic_prefix, erasure_bound_seconds=BOUND)
    return settings


async def test_events_of_an_outage_arrive_after_it(own_kafka: KafkaServer, own_settings: ServiceSettings, pool: Pool) -> None:
    """The broker is killed while relay and consumers run; what is published meanwhile arrives, once in effect and in order."""
    key = uuid4()
    async with relaying(own_settings) as relay, consuming(own_settings, note_taker(), pool):
        await _publish(pool, [confirmed(key, 1)])
        await eventually(lambda: _noted(pool, [1]), within=30, what="the first fact to take effect")
        own_kafka.process.kill()
        await own_kafka.stop()
        for number in range(2, 6):
            await _publish(pool, [confirmed(key, number), promoted(key)])
        await eventually(lambda: not relay.leading, within=40, what="the relay to give its producer up")
        await own_kafka.start()
        await eventually(lambda: _noted(pool, [1, 2, 3, 4, 5]), within=60, what="all facts to take effect")
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    assert len(await on_topic(own_settings, REGISTRATIONS)) >= 9


async def test_a_producer_is_thrown_away_in_the_moment_it_started(own_settings: ServiceSettings) -> None:
    """Its own tasks are cancelled before their first step, and that must not cancel who throws it away."""
    producer = create_producer(own_settings, client_id="test")
    await producer.start()
    producer._sender._sender_task.cancel()
    producer._sender._sender_task = asyncio.create_task(asyncio.Event().wait())
    await discard(producer)
    assert producer._sender.sender_task.cancelled()


async def test_a_producer_is_thrown_away_while_the_broker_is_away(own_kafka: KafkaServer, own_settings: ServiceSettings) -> None:
    """`stop` would wait for the broker; what is thrown away neither waits nor goes on sending."""
    producer = create_producer(own_settings, client_id="test")
    await producer.start()
    await producer.send_and_wait(own_settings.topic_name("registrations"), b"x", key=b"k")
    own_kafka.process.kill()
    await own_kafka.stop()
    try:
        unsent = await producer.send(own_settings.topic_name("registrations"), b"y", key=b"k")
        async with asyncio.timeout(10):
            await discard(producer)
    finally:
        await own_kafka.start()
    assert not unsent.done() or unsent.exception() is not None
    assert [item.value for item in await on_topic(own_settings, REGISTRATIONS)] == [b"x"]


async def test_an_erased_record_vanishes_from_the_files_of_an_idle_broker(
    own_kafka: KafkaServer, own_settings: ServiceSettings, pool: Pool
) -> None:
    """Nothing is written but the relay's heartbeats. Beside it the same topic without a relay, as the measure: Kafka keeps it all."""
    idle = own_settings.model_copy(update={"topic_prefix": f"{own_settings.topic_prefix}idle."})
    await provision_topics(own_kafka.bootstrap, prefix=idle.topic_prefix, erasure_bound_seconds=BOUND)
    key = uuid4()
    async with producing(idle) as producer:
        for value in (SECRET.encode(), None):
            await producer.send_and_wait(idle.topic_name("participants"), value, key=str(key).encode())
    await _publish(pool, [participant(key, SECRET), Tombstone(PARTICIPANTS, key, ERASED_TYPE)])
    async with relaying(own_settings):
        await eventually(lambda: pool.fetchval("SELECT bool_and(published_at IS NOT NULL) FROM outbox"), what="both to be published")
        assert _files_with(own_kafka.directory, own_settings.topic_prefix + "participants")
        await eventually(
            lambda: not _files_with(own_kafka.directory, own_settings.topic_prefix + "participants"),
            within=BOUND,
            what="the erased record to be gone from every file within the bound",
        )
    assert _files_with(own_kafka.directory, idle.topic_name("participants"))


def _files_with(directory: Path, topic: str) -> list[Path]:
    """Files of a topic, deleted ones that still lie there included, that hold the secret."""
    found = []
    for folder in directory.glob(f"**/{topic}-*"):
        for file in folder.iterdir():
            try:
                if SECRET.encode() in file.read_bytes():
                    found.append(file)
            except FileNotFoundError:
                continue
    return found


async def _publish(pool: Pool, events: list[object]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await publish(connection, events, source="registration", now=NOW)


async def _noted(pool: Pool, wanted: list[int]) -> bool:
    return await notes(pool) == wanted
