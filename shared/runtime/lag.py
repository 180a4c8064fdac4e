"""How far a service is behind its topics, asked of the broker: what is assigned to this process says nothing about the whole."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.runtime.consumption import Consumers
from shared.runtime.failures import describe
from shared.runtime.settings import ServiceSettings


class LagUnknownError(Exception):
    """The broker did not say. Lag that is not known is never told as none."""


@dataclass(frozen=True, slots=True)
class Position:
    """In one partition, as offsets: the record that the service reads next, and the end, where the next one will be written."""

    read: int
    end: int


Positions = Callable[[], Awaitable[Mapping[TopicPartition, Position]]]
"""Asks where a service stands; LagUnknownError if the broker does not say."""


class LagMonitor:
    """Measures lag by topic over connections of its own, kept between measurements. Callers at the same moment share one measurement."""

    def __init__(self, settings: ServiceSettings, consumers: Consumers, *, within: float = 5.0) -> None:
        self._settings = settings
        self._consumers = consumers
        self._within = within
        self._lock = asyncio.Lock()
        self._admin: AIOKafkaAdminClient | None = None
        self._reader: AIOKafkaConsumer | None = None
        self._coordinators: dict[str, int] = {}

    async def measure(self) -> dict[str, int]:
        """Records not yet committed, by topic without prefix, summed over all its partitions. Raises as `by_partition`."""
        lags = dict.fromkeys((topic.name for topic in self._consumers.topics), 0)
        for partition, records in (await self.by_partition()).items():
            lags[partition.topic.removeprefix(self._settings.topic_prefix)] += records
        return lags

    async def by_partition(self) -> dict[TopicPartition, int]:
        """Records not yet committed, by partition. One never committed counts from its beginning. Raises as `positions`."""
        return {partition: max(0, position.end - position.read) for partition, position in (await self.positions()).items()}

    async def positions(self) -> dict[TopicPartition, Position]:
        """Where the whole service stands, by partition.

        Raises:
            LagUnknownError: the broker is away, or a topic is missing.
        """
        async with self._lock:
            try:
                async with asyncio.timeout(self._within):
                    admin, reader = await self._connected()
                    return await self._measure(admin, reader)
            except Exception as error:
                await self._disconnect()
                raise LagUnknownError(describe(error)) from error

    async def ping(self) -> bool:
        """Whether the broker answers."""
        async with self._lock:
            try:
                async with asyncio.timeout(self._within):
                    admin, _ = await self._connected()
                    await admin.describe_cluster()
            except Exception:  # noqa: BLE001  # any failure means that it does not
                await self._disconnect()
                return False
            return True

    async def close(self) -> None:
        """Close the connections."""
        async with self._lock:
            await self._disconnect()

    async def _measure(self, admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer) -> dict[TopicPartition, Position]:
        partitions = {
            topic: [TopicPartition(self._settings.topic_name(topic.name), number) for number in range(topic.partitions)]
            for topic in self._consumers.topics
        }
        everything = [partition for listed in partitions.values() for partition in listed]
        if not everything:
            return {}
        # Committed first: what is committed meanwhile only makes the lag look larger than it is.
        committed = {}
        for topic in partitions:
            group = self._consumers.group(topic, prefix=self._settings.topic_prefix)
            committed[topic] = await admin.list_consumer_group_offsets(group, await self._coordinator(admin, group))
            if not committed[topic]:
                del self._coordinators[group]  # a coordinator that moved answers with nothing; so does a group without any commit
        beginnings = await reader.beginning_offsets(everything)
        ends = await reader.end_offsets(everything)
        found = {}
        for topic, listed in partitions.items():
            for partition in listed:
                offset = committed[topic].get(partition)
                start = beginnings[partition] if offset is None or offset.offset < 0 else max(offset.offset, beginnings[partition])
                found[partition] = Position(read=start, end=ends[partition])
        return found

    async def _coordinator(self, admin: AIOKafkaAdminClient, group: str) -> int:
        if group not in self._coordinators:
            self._coordinators[group] = await admin.find_coordinator(group)
        return self._coordinators[group]

    async def _connected(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        bootstrap = self._settings.kafka_bootstrap.split(",")
        client_id = f"{self._settings.topic_prefix}{self._consumers.service}-lag"
        if self._admin is None:
            admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id=client_id, request_timeout_ms=5000)
            try:
                await admin.start()
            except BaseException:
                await admin.close()
                raise
            self._admin = admin
        if self._reader is None:
            reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, client_id=client_id, request_timeout_ms=5000, enable_auto_commit=False)
            try:
                await reader.start()
            except BaseException:
                await reader.stop()
                raise
            self._reader = reader
        return self._admin, self._reader

    async def _disconnect(self) -> None:
        admin, reader = self._admin, self._reader
        self._admin = self._reader = None
        self._coordinators.clear()
        with suppress(Exception):
            if admin is not None:
                await admin.close()
        with suppress(Exception):
            if reader is not None:
                await reader.stop()
