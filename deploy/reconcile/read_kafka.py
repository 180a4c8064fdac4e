"""Read every topic from its first record to its last, without a consumer group: nobody's progress is touched."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from deploy.reconcile.kafka_log import KafkaLog, Position, Published
from shared.contracts.catalogue import UndecodableError, UnknownTypeError, decode
from shared.contracts.topics import TOPICS, Topic
from shared.runtime.records import HEARTBEAT

WAIT_SECONDS = 60.0


async def read_kafka(bootstrap: str, prefix: str = "", topics: Sequence[Topic] = TOPICS) -> KafkaLog:
    """Everything that is on the topics now. Raises TimeoutError where the broker does not answer in time."""
    published: list[Published] = []
    tombstones: list[tuple[Position, UUID]] = []
    undecodable: list[tuple[Position, str]] = []
    keys_differ: list[Position] = []
    for record in await read_records(bootstrap, {prefix + topic.name: topic.partitions for topic in topics}):
        position = Position(record.topic.removeprefix(prefix), record.partition, record.offset)
        if (record.key or b"").startswith(HEARTBEAT.encode()):
            continue
        key = _uuid(record.key)
        if record.value is None:
            if key is None:
                undecodable.append((position, "its key is not an id"))
            else:
                tombstones.append((position, key))
            continue
        try:
            envelope, event = decode(record.value)
        except (UndecodableError, UnknownTypeError) as error:
            undecodable.append((position, f"{type(error).__name__}: {error}"))
            continue
        if key != envelope.subject:
            keys_differ.append(position)
        published.append(Published(position, envelope, event))
    return KafkaLog(published, tombstones, undecodable, keys_differ)


async def read_records(bootstrap: str, topics: dict[str, int]) -> list[ConsumerRecord]:
    """The records of the topics (partition counts by full name), up to the ends as they are when reading starts."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    partitions = [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]
    records: list[ConsumerRecord] = []
    async with asyncio.timeout(WAIT_SECONDS):
        await consumer.start()
        try:
            consumer.assign(partitions)
            begins = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
            for partition, offset in begins.items():
                consumer.seek(partition, offset)
            while unread := [one for one in partitions if await consumer.position(one) < ends[one]]:
                for partition, batch in (await consumer.getmany(*unread, timeout_ms=500)).items():
                    records += [record for record in batch if record.offset < ends[partition]]
        finally:
            await consumer.stop()
    return sorted(records, key=lambda record: (record.topic, record.partition, record.offset))


def _uuid(key: bytes | None) -> UUID | None:
    """Every event has an id for its key."""
    try:
        return UUID((key or b"").decode())
    except ValueError:
        return None
