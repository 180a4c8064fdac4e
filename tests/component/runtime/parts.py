"""Parts of a service, started one by one: its relay, its consumers, and a plain reader of what is on a topic."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from shared.contracts.envelope import Event, envelop
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import RegistrationConfirmed, RegistrationErased, RegistrationPromoted
from shared.contracts.topics import REGISTRATIONS, Topic
from shared.runtime.batches import BatchProcessor
from shared.runtime.clock import SystemClock
from shared.runtime.consuming import Consuming
from shared.runtime.consumption import Consumers, Received
from shared.runtime.database import Connection, Pool
from shared.runtime.lag import LagMonitor
from shared.runtime.relay import Relay
from shared.runtime.settings import ServiceSettings
from shared.runtime.waiting import Activity, Stop

NOW = datetime(2023, 10, 24, 9, 0, tzinfo=UTC)
WORKSHOP = UUID("11111111-1111-4111-8111-111111111111")


def confirmed(key: UUID, number: int) -> RegistrationConfirmed:
    return RegistrationConfirmed(registration_id=key, workshop_id=WORKSHOP, number=number)


def promoted(key: UUID) -> RegistrationPromoted:
    return RegistrationPromoted(registration_id=key, workshop_id=WORKSHOP)


def erased(key: UUID) -> RegistrationErased:
    return RegistrationErased(registration_id=key, workshop_id=WORKSHOP)


def participant(key: UUID, name: str) -> ParticipantRecorded:
    return ParticipantRecorded.model_validate(
        {
            "registration_id": key,
            "workshop_id": WORKSHOP,
            "version": 1,
            "given_name": name,
            "family_name": "Kovač",
            "certificate_name": name,
            "address": "ana@example.org",
            "language": "en",
            "time_zone": "Europe/Paris",
            "personal_page": "https://example.org/my/token",
        }
    )


def value(event: Event, *, sequence: int = 1, event_id: UUID | None = None) -> bytes:
    return envelop(event, event_id=event_id or uuid4(), source="/services/registration", time=NOW, sequence=sequence).to_bytes()


def record(event: Event, *, sequence: int = 1, offset: int = 0, event_id: UUID | None = None) -> ConsumerRecord:
    return raw_record(str(event.key).encode(), value(event, sequence=sequence, event_id=event_id), topic=event.topic, offset=offset)


def raw_record(
    key: bytes | None, content: bytes | None, *, topic: Topic = REGISTRATIONS, offset: int = 0, headers: Sequence[tuple[str, bytes]] = ()
) -> ConsumerRecord:
    timestamp = int(NOW.timestamp() * 1000)
    return ConsumerRecord(topic.name, 0, offset, timestamp, 0, key, content, None, -1, -1, tuple(headers))


def note_taker(service: str = "notifications") -> Consumers:
    """Handlers that write down every confirmation and erasure; a note with a number of 666 fails by itself, one of 0 in the database."""

    async def erased(connection: Connection, keys: Collection[UUID]) -> set[UUID]:
        return {row["key"] for row in await connection.fetch("SELECT key FROM forgotten WHERE key = ANY($1)", list(keys))}

    consumers = Consumers(service, erased=erased)

    @consumers.on(RegistrationConfirmed)
    async def on_confirmed(connection: Connection, received: Received[RegistrationConfirmed]) -> None:
        number = received.event.number
        await connection.execute("INSERT INTO notes (key, number) VALUES ($1, $2)", received.event.key, -1 if number == 999 else number)
        if number == 666:
            raise RuntimeError("Ana Kovač <ana@example.org>")

    @consumers.on(RegistrationErased)
    async def on_erased(connection: Connection, received: Received[RegistrationErased]) -> None:
        await connection.execute("INSERT INTO forgotten VALUES ($1) ON CONFLICT DO NOTHING", received.event.key)

    return consumers


async def notes(pool: Pool) -> list[int]:
    return [row["number"] for row in await pool.fetch("SELECT number FROM notes ORDER BY id")]


def processor(consumers: Consumers, pool: Pool, stop: Stop | None = None) -> BatchProcessor:
    return BatchProcessor(consumers, pool=pool, clock=SystemClock(), stop=stop or Stop(), activity=Activity())


@asynccontextmanager
async def relaying(settings: ServiceSettings, *, killed: bool = False) -> AsyncIterator[Relay]:
    """The relay of registration; at the end it is asked to stop, or ends as abruptly as a task can."""
    stop = Stop()
    relay = Relay(settings, service="registration", wake=asyncio.Event(), stop=stop, activity=Activity())
    task = asyncio.create_task(relay.run())
    try:
        yield relay
        if not killed:
            stop.request()
            await asyncio.wait_for(task, 10)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def consuming(
    settings: ServiceSettings, consumers: Consumers, pool: Pool, *, started: list[Consuming] | None = None
) -> AsyncIterator[BatchProcessor]:
    stop = Stop()
    worker = processor(consumers, pool, stop)
    lag = LagMonitor(settings, consumers)

    async def ready() -> bool:
        return True

    whole = Consuming(settings, consumers, processor=worker, lag=lag, stop=stop, ready=ready)
    if started is not None:
        started.append(whole)
    task = asyncio.create_task(whole.run())
    try:
        yield worker
    finally:
        stop.request()
        await asyncio.wait_for(task, 20)
        await lag.close()


@asynccontextmanager
async def producing(settings: ServiceSettings) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def on_topic(settings: ServiceSettings, topic: Topic) -> list[ConsumerRecord]:
    """Everything on a topic now, by partition and offset."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(settings.topic_name(topic.name), number) for number in range(topic.partitions)]
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: list[ConsumerRecord] = []
        async with asyncio.timeout(20):
            while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
        return sorted(found, key=lambda item: (item.partition, item.offset))
    finally:
        await consumer.stop()
