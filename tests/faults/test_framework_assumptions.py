"""What FastStream, aiokafka and Kafka do where the design leans on it. A new version that changes one of these fails here."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidTimestampError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from tests.waiting import eventually

QUIET = logging.getLogger("tests.quiet")
QUIET.setLevel(logging.CRITICAL + 1)


@pytest.fixture
async def topic(kafka: str) -> AsyncIterator[str]:
    """A topic of six partitions."""
    name = f"assumptions-{uuid4().hex[:12]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, num_partitions=6, replication_factor=1)])
    yield name
    await admin.delete_topics([name])
    await admin.close()


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True)
    await producer.start()
    yield producer
    await producer.stop()


def make_broker(kafka: str) -> KafkaBroker:
    return KafkaBroker(kafka, consumer_only=True, allow_auto_create_topics=False, logger=QUIET, graceful_timeout=5)


@asynccontextmanager
async def started(broker: KafkaBroker) -> AsyncIterator[None]:
    try:
        await broker.start()
        yield
    finally:
        await broker.stop()


async def committed(kafka: str, group: str, topic: str, partition: int = 0) -> int | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        offset: int | None = await consumer.committed(TopicPartition(topic, partition))
        return offset
    finally:
        await consumer.stop()


async def test_a_batch_typed_as_bytes_cannot_tell_a_tombstone_from_nothing(kafka: str, topic: str, producer: AIOKafkaProducer) -> None:
    """Hence the runtime's subscribers read `raw_message`, where a tombstone has its key and None."""
    await producer.send_and_wait(topic, b"one", key=b"k", partition=0)
    await producer.send_and_wait(topic, None, key=b"k", partition=0)
    broker, typed, raw = make_broker(kafka), list[object](), list[object]()

    @broker.subscriber(topic, batch=True, group_id="typed", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK, no_reply=True)
    async def read_typed(messages: list[bytes]) -> None:
        typed.extend(messages)

    @broker.subscriber(topic, batch=True, group_id="raw", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK, no_reply=True)
    async def read_raw(message: KafkaMessage) -> None:
        assert isinstance(message.raw_message, tuple)
        raw.extend((record.key, record.value) for record in message.raw_message)

    async with started(broker):
        await eventually(lambda: len(raw) == 2, what="both records to be read raw")
        await eventually(lambda: _is(committed(kafka, "typed", topic), 2), what="the typed subscriber to have passed both")
    assert raw == [(b"k", b"one"), (b"k", None)]
    assert typed == [b"one", b""]


async def test_an_error_with_nack_reads_the_whole_batch_again_at_once(kafka: str, topic: str, producer: AIOKafkaProducer) -> None:
    """Hence the wait for what is away happens inside the handler, and poison never leaves it as an error."""
    for number in range(3):
        await producer.send_and_wait(topic, str(number).encode(), partition=number)
    broker, batches = make_broker(kafka), list[list[bytes]]()

    @broker.subscriber(topic, batch=True, group_id="nack", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR, no_reply=True)
    async def read(message: KafkaMessage) -> None:
        assert isinstance(message.raw_message, tuple)
        batches.append([record.value for record in message.raw_message])
        if len(batches) < 5:
            raise ValueError

    async with started(broker):
        await eventually(
            lambda: len({value for batch in batches[4:] for value in batch}) == 3, what="all records to be read after the errors"
        )
    assert batches[1][0] in batches[0]


async def test_an_error_with_ack_loses_the_record(kafka: str, topic: str, producer: AIOKafkaProducer) -> None:
    await producer.send_and_wait(topic, b"lost", partition=0)
    broker = make_broker(kafka)

    @broker.subscriber(topic, group_id="ack", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK, no_reply=True)
    async def read(message: KafkaMessage) -> None:
        raise ValueError

    async with started(broker):
        await eventually(lambda: _is(committed(kafka, "ack", topic), 1), what="the failed record to be committed")


async def test_an_ack_commits_everything_read_before_it(kafka: str, topic: str, producer: AIOKafkaProducer) -> None:
    """Hence a batch is never left un-acknowledged while the next one is taken."""
    broker, seen = make_broker(kafka), list[bytes]()

    @broker.subscriber(topic, group_id="manual", auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL, no_reply=True)
    async def read(message: KafkaMessage) -> None:
        seen.append(message.body)
        if message.body == b"second":
            await message.ack()

    async with started(broker):
        await producer.send_and_wait(topic, b"first", partition=0)
        await eventually(lambda: seen == [b"first"], what="the first to be read and left")
        await producer.send_and_wait(topic, b"second", partition=1)
        await eventually(lambda: _is(committed(kafka, "manual", topic, 1), 1), what="the second to be acknowledged")
    assert await committed(kafka, "manual", topic, 0) == 1


async def test_a_commit_that_fails_is_swallowed(
    kafka: str, topic: str, producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hence the inbox is not optional: the effect stands, the offset does not."""
    await producer.send_and_wait(topic, b"one", partition=0)
    broker, seen, refused = make_broker(kafka), list[bytes](), list[int]()

    async def refuse(_consumer: object) -> None:
        refused.append(1)
        raise KafkaError

    monkeypatch.setattr(AIOKafkaConsumer, "commit", refuse)

    @broker.subscriber(topic, group_id="swallow", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR, no_reply=True)
    async def read(message: KafkaMessage) -> None:
        seen.append(message.body)

    async with started(broker):
        await eventually(lambda: refused, what="the commit to be refused")
        await producer.send_and_wait(topic, b"two", partition=0)
        await eventually(lambda: len(seen) >= 2, what="the next record to be read")
    assert seen == [b"one", b"two"]


async def test_a_new_group_begins_at_the_end_unless_told_otherwise(kafka: str, topic: str, producer: AIOKafkaProducer) -> None:
    await producer.send_and_wait(topic, b"before", partition=0)
    broker, latest, earliest = make_broker(kafka), list[bytes](), list[bytes]()

    @broker.subscriber(topic, group_id="latest", no_reply=True)
    async def read_latest(message: KafkaMessage) -> None:
        latest.append(message.body)

    @broker.subscriber(topic, group_id="earliest", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK, no_reply=True)
    async def read_earliest(message: KafkaMessage) -> None:
        earliest.append(message.body)

    async with started(broker):

        async def both_have_the_new_one() -> bool:
            await producer.send_and_wait(topic, b"after", partition=0)
            return b"after" in latest and b"after" in earliest

        await eventually(both_have_the_new_one, what="both groups to read")
    assert b"before" not in latest
    assert earliest[0] == b"before"


async def test_a_batch_publish_spreads_one_key_over_partitions(kafka: str, topic: str) -> None:
    """Hence the relay sends record by record."""
    broker = KafkaBroker(kafka, allow_auto_create_topics=False, logger=QUIET)
    publisher = broker.publisher(topic, batch=True, key=b"one key")
    await broker.start()
    try:
        partitions = {(await publisher.publish("x", "y")).partition for _ in range(60)}
    finally:
        await broker.stop()
    assert len(partitions) > 1


async def test_records_of_one_key_share_a_partition_in_order(topic: str, producer: AIOKafkaProducer) -> None:
    futures = [await producer.send(topic, str(number).encode(), key=b"one key") for number in range(500)]
    sent = await asyncio.gather(*futures)
    assert len({metadata.partition for metadata in sent}) == 1
    assert [metadata.offset for metadata in sent] == list(range(500))


async def test_a_timestamp_two_hours_ahead_is_refused(topic: str, producer: AIOKafkaProducer) -> None:
    """Hence business time never becomes a record's timestamp."""
    with pytest.raises(InvalidTimestampError):
        await producer.send_and_wait(topic, b"x", partition=0, timestamp_ms=int((time.time() + 7200) * 1000))


async def test_a_missing_topic_is_not_created_by_asking_for_it(kafka: str) -> None:
    name = f"nobody-made-{uuid4().hex[:12]}"
    broker = make_broker(kafka)

    @broker.subscriber(name, group_id="none", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK, no_reply=True)
    async def read(message: KafkaMessage) -> None:
        """Never called."""

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2), started(broker):
                pass  # never reached: aiokafka waits for the topic, hence the runtime looks for it first
        assert name not in await admin.list_topics()
    finally:
        await admin.close()


async def test_a_broker_without_producer_starts_none(kafka: str) -> None:
    """The relay owns the only producer of a process."""
    broker = make_broker(kafka)
    async with started(broker):
        assert not broker.config.producer


async def _is(found: object, wanted: object) -> bool:
    return await found == wanted  # type: ignore[misc]
