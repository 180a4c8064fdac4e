"""How far each service has read each topic, as its consumer groups have told Kafka. Nobody's progress is touched by asking."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.command_line.consumers import consumers_of
from deploy.command_line.service_name import Service
from deploy.reconcile.read_kafka import WAIT_SECONDS

PAUSE_SECONDS = 0.3
ANSWERS_OF_NOTHING = 3
"""So often a group must be answered for with nothing before it is believed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`topic` without prefix; `committed` is the offset that the service reads next, None where it never told of having read anything."""

    service: str
    topic: str
    partition: int
    committed: int | None


async def read_progress(bootstrap: str, prefix: str = "") -> list[Progress]:
    """Every partition of every topic that a service reads. Raises TimeoutError where the broker does not answer in time."""
    groups = [
        (service.value, topic, consumers.group(topic, prefix=prefix))
        for service, consumers in ((service, consumers_of(service)) for service in Service)
        for topic in consumers.topics
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    async with asyncio.timeout(WAIT_SECONDS):
        await admin.start()
        try:
            answers = await asyncio.gather(*(_committed(admin, group) for _, _, group in groups))
        finally:
            await admin.close()
    return [
        Progress(service, topic.name, number, committed.get(TopicPartition(prefix + topic.name, number)))
        for (service, topic, _), committed in zip(groups, answers, strict=True)
        for number in range(topic.partitions)
    ]


async def _committed(admin: AIOKafkaAdminClient, group: str) -> Mapping[TopicPartition, int]:
    """A coordinator that has just moved answers with nothing, and so does one whose group has told of nothing."""
    answers = 0
    while True:
        try:
            found = await admin.list_consumer_group_offsets(group)
        except KafkaError as error:
            if not error.retriable:
                raise
        else:
            answers += 1
            if found or answers == ANSWERS_OF_NOTHING:
                return {partition: told.offset for partition, told in found.items() if told.offset >= 0}
        await asyncio.sleep(PAUSE_SECONDS)
