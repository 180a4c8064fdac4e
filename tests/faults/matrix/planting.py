"""Putting records on the topics by hand, past every service, and seeing what becomes of them."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.command_line.consumers import consumers_of
from deploy.command_line.service_name import Service
from deploy.embedded.databases import SERVICES
from deploy.reconcile.kafka_log import Position
from deploy.reconcile.read_kafka import read_records
from shared.contracts.topics import Kind, Topic
from shared.runtime.consumption import Consumers
from shared.runtime.records import HEARTBEAT
from tests.faults.matrix.databases import inside
from tests.faults.matrix.foreign import not_last
from tests.faults.matrix.stage import Stage
from tests.waiting import eventually

READ_WITHIN = 60.0


@dataclass(frozen=True)
class Plant:
    """What is to be put on a topic. `partition` is None where the key decides."""

    topic: Topic
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int | None = None

    @classmethod
    def again(cls, topic: Topic, record: ConsumerRecord) -> "Plant":
        """The same bytes once more."""
        return cls(topic, record.key, record.value, tuple(record.headers), record.partition)


class Planting:
    """Plants, and remembers where: the stage's servers keep the positions of what is no event of a service's."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._readers: Mapping[str, Consumers] = {service: consumers_of(Service(service)) for service in SERVICES}

    def readers(self, topic: Topic) -> list[str]:
        """The services that read a topic."""
        return [service for service, consumers in self._readers.items() if topic in consumers.topics]

    async def records(self, topic: Topic) -> list[ConsumerRecord]:
        """All that a service has put on a topic and that says something, each partition's in order; nothing that no service can read."""
        servers = self._stage.servers
        found = await read_records(servers.kafka, {f"{servers.topic_prefix}{topic.name}": topic.partitions})
        return [
            record
            for record in found
            if not (record.key or b"").startswith(HEARTBEAT.encode())
            and str(Position(topic.name, record.partition, record.offset)) not in self._stage.planted
        ]

    async def plant(self, plants: Sequence[Plant]) -> list[Position]:
        """Put them there in this order, and return where they lie."""
        prefix = self._stage.servers.topic_prefix
        async with self._producer() as producer:
            sent = [
                await producer.send(
                    f"{prefix}{plant.topic.name}", plant.value, key=plant.key, partition=plant.partition, headers=list(plant.headers)
                )
                for plant in plants
            ]
            answers = await asyncio.gather(*sent)
        return [Position(plant.topic.name, one.partition, one.offset) for plant, one in zip(plants, answers, strict=True)]

    async def keep_newest_last(self, topic: Topic, positions: Iterable[Position]) -> None:
        """On a compacted topic, put the newest record of a key again behind those planted, erasures included."""
        planted = {(position.partition, position.offset) for position in positions if position.topic == topic.name}
        while topic.kind is Kind.STATE and (overlaid := not_last(await self.records(topic), planted)):
            again = await self.plant([Plant.again(topic, record) for record in overlaid])
            # A service may have published a newer one in between: what was put there now is looked at in the same way.
            planted |= {(position.partition, position.offset) for position in again}

    async def until_read(self, positions: Iterable[Position]) -> None:
        """Wait until every service that reads these topics has acknowledged the records: what follows them is being processed."""
        furthest: dict[tuple[str, int], int] = defaultdict(int)
        for position in positions:
            place = position.topic, position.partition
            furthest[place] = max(furthest[place], position.offset)
        async with self._admin() as admin:

            async def read() -> bool:
                for service, consumers in self._readers.items():
                    for topic in consumers.topics:
                        wanted = {partition: offset for (name, partition), offset in furthest.items() if name == topic.name}
                        if wanted and not await self._passed(admin, consumers, topic, wanted):
                            raise AssertionError(f"{service} has not read {topic.name} to {wanted}")
                return True

            await eventually(read, within=READ_WITHIN, what="the services to read what was put on the topics")

    async def forget(self, topic: Topic, event_ids: Sequence[str]) -> int:
        """Take events out of the inboxes of those who read the topic, as trimming does. Returns how many rows went."""
        gone = 0
        for service in self.readers(topic):
            async with inside(self._stage, service) as connection:
                status = await connection.execute("DELETE FROM inbox WHERE event_id = ANY($1::uuid[])", event_ids)
                gone += int(status.split()[-1])
        return gone

    async def _passed(self, admin: AIOKafkaAdminClient, consumers: Consumers, topic: Topic, wanted: Mapping[int, int]) -> bool:
        prefix = self._stage.servers.topic_prefix
        committed = await admin.list_consumer_group_offsets(consumers.group(topic, prefix=prefix))
        return all(
            (offset := committed.get(TopicPartition(f"{prefix}{topic.name}", partition))) is not None and offset.offset > last
            for partition, last in wanted.items()
        )

    @contextlib.asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(bootstrap_servers=self._stage.servers.kafka.split(","), enable_idempotence=True)
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    @contextlib.asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._stage.servers.kafka.split(","))
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()
