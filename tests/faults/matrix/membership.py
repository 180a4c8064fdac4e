"""The consumer groups of a service: who is in them, and strangers who come and go."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.command_line.consumers import consumers_of
from deploy.command_line.service_name import Service
from tests.faults.matrix.stage import Stage
from tests.waiting import eventually

JOINED_WITHIN = 8.0
DESCRIBED_WITHIN = 60.0


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


async def members(stage: Stage, groups: Sequence[str]) -> Mapping[str, int]:
    """How many members each group has. While so many come, a broker may have to be asked again."""

    async def described() -> dict[str, int]:
        try:
            async with _admin(stage) as admin:
                answers = await admin.describe_consumer_groups(list(groups))
        except (KafkaError, OSError) as error:
            raise AssertionError(f"the broker does not tell: {error}") from error
        return {group: len(listed) for answer in answers for _error, group, _state, _kind, _protocol, listed, *_ in answer.groups}

    return await eventually(described, within=DESCRIBED_WITHIN, what="the groups to be described")


@contextlib.asynccontextmanager
async def _admin(stage: Stage) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.servers.kafka.split(","))
    try:
        async with asyncio.timeout(30):
            await admin.start()
        yield admin
    finally:
        await admin.close()
