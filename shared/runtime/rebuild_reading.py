"""Reading topics from their first record to the last that they have now, and where the service's own groups stand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from shared.contracts.topics import Topic
from shared.runtime.consumption import Consumers
from shared.runtime.settings import ServiceSettings

T = TypeVar("T")

BATCH = 500
_ANSWER_WITHIN = 60.0
_AT_REST = ("Empty", "Dead")


class TopicsReader:
    """Reads without a group, so that nobody's place is touched; and knows the places of a service's groups.

    What is appended after the start is not read: the worker will.
    """

    def __init__(self, settings: ServiceSettings, topics: Sequence[Topic]) -> None:
        self._settings = settings
        self._consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap.split(","), enable_auto_commit=False)
        self._partitions = {
            topic: [TopicPartition(settings.topic_name(topic.name), number) for number in range(topic.partitions)] for topic in topics
        }
        self._begins: dict[TopicPartition, int] = {}
        self.ends: dict[TopicPartition, int] = {}
        """Where reading ends, by partition."""

    async def __aenter__(self) -> Self:
        async with asyncio.timeout(_ANSWER_WITHIN):
            await self._consumer.start()
            everything = [partition for listed in self._partitions.values() for partition in listed]
            self._begins = await self._consumer.beginning_offsets(everything)
            self.ends = await self._consumer.end_offsets(everything)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._consumer.stop()

    async def read(self, topic: Topic) -> AsyncIterator[list[ConsumerRecord]]:
        """The topic's records in portions, in order within each partition. Raises TimeoutError where the broker falls silent."""
        partitions = self._partitions[topic]
        self._consumer.assign(partitions)
        for partition in partitions:
            self._consumer.seek(partition, self._begins[partition])
        while True:
            async with asyncio.timeout(_ANSWER_WITHIN):
                unread = [partition for partition in partitions if await self._consumer.position(partition) < self.ends[partition]]
                if not unread:
                    return
                found: dict[TopicPartition, list[ConsumerRecord]] = {}
                while not found and unread:
                    found = await self._consumer.getmany(*unread, timeout_ms=500, max_records=BATCH)
                    # A compacted end has no records: the position alone moves over it.
                    unread = [partition for partition in unread if await self._consumer.position(partition) < self.ends[partition]]
            records = [record for partition, listed in found.items() for record in listed if record.offset < self.ends[partition]]
            if records:
                yield records

    def offsets(self, topic: Topic) -> Mapping[TopicPartition, OffsetAndMetadata]:
        """Where reading a topic ended, as its group commits it."""
        return {partition: OffsetAndMetadata(self.ends[partition], "") for partition in self._partitions[topic]}


async def members_of_groups(settings: ServiceSettings, consumers: Consumers) -> list[str]:
    """The service's groups that are not at rest: workers read in their name."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap.split(","))
    async with asyncio.timeout(_ANSWER_WITHIN):
        await admin.start()
        try:
            names = [consumers.group(topic, prefix=settings.topic_prefix) for topic in consumers.topics]
            # One at a time: aiokafka 0.14 reads the newest form of the answer as the one before it, which ends early after the first group.
            answers = [answer for name in names for answer in await _insist(partial(admin.describe_consumer_groups, [name]))]
            return sorted(group[1] for answer in answers for group in answer.groups if group[2] not in _AT_REST)
        finally:
            await admin.close()


async def committed_offsets(settings: ServiceSettings, consumers: Consumers) -> dict[TopicPartition, int]:
    """How far the service's groups had read, where they ever committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap.split(","))
    found: dict[TopicPartition, int] = {}
    async with asyncio.timeout(_ANSWER_WITHIN):
        await admin.start()
        try:
            for topic in consumers.topics:
                group = consumers.group(topic, prefix=settings.topic_prefix)
                # Asked again where there is none: a coordinator that moves answers with nothing, as for a group that never committed.
                ask = partial(admin.list_consumer_group_offsets, group)
                committed = await _insist(ask) or await _insist(ask)
                found |= {partition: place.offset for partition, place in committed.items() if place.offset >= 0}
        finally:
            await admin.close()
    return found


async def _insist(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer: a cluster that never had a group takes a moment to find a coordinator for the first."""
    while True:
        try:
            return await ask()
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(0.5)


async def commit_offsets(settings: ServiceSettings, group: str, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
    """Let a group that nobody reads for go on from here."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap.split(","), group_id=group, enable_auto_commit=False)
    async with asyncio.timeout(_ANSWER_WITHIN):
        await consumer.start()
        try:
            consumer.assign(list(offsets))
            await consumer.commit(dict(offsets))
        finally:
            await consumer.stop()
