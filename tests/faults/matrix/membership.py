"""The consumer groups of a service, and strangers who come and go."""

import contextlib
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from deploy.command_line.consumers import consumers_of
from deploy.command_line.service_name import Service
from tests.faults.matrix.stage import Stage
from tests.waiting import eventually

JOINED_WITHIN = 8.0


def groups_of(stage: Stage, service: str) -> Mapping[str, str]:
    """The service's consumer groups, each with its topic, as Kafka calls them."""
    prefix, consumers = stage.servers.topic_prefix, consumers_of(Service(service))
    return {consumers.group(topic, prefix=prefix): f"{prefix}{topic.name}" for topic in consumers.topics}


async def visit(stage: Stage, group: str, topic: str) -> bool:
    """Join a group, be given partitions, and leave again: two rebalances. What is read meanwhile is not acknowledged.

    False if nothing was given in time, as while other rebalances are under way.
    """
    visitor = AIOKafkaConsumer(
        topic, group_id=group, bootstrap_servers=stage.servers.kafka.split(","), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        with contextlib.suppress(AssertionError, KafkaError):
            await visitor.start()
            return bool(await eventually(visitor.assignment, within=JOINED_WITHIN, what="a visitor to be given partitions"))
        return False
    finally:
        await visitor.stop()
