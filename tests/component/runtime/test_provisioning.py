"""Topics are what the table says, or provisioning refuses."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts.topics import TOPICS
from shared.runtime.provisioning import TopicDiffersError, compaction_bounds, provision_topics
from tests.waiting import eventually


@pytest.fixture
async def admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture
async def prefix(admin: AIOKafkaAdminClient) -> AsyncIterator[str]:
    prefix = f"provisioning-{uuid4().hex[:8]}."
    yield prefix
    await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(prefix)])


async def settings_of(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def test_every_topic_of_the_table_is_created_once(kafka: str, admin: AIOKafkaAdminClient, prefix: str) -> None:
    assert await provision_topics(kafka, prefix=prefix) == [f"{prefix}{topic.name}" for topic in TOPICS]
    assert await provision_topics(kafka, prefix=prefix) == []
    for topic in TOPICS:
        [description] = await admin.describe_topics([f"{prefix}{topic.name}"])
        assert len(description["partitions"]) == topic.partitions
        found = await settings_of(admin, f"{prefix}{topic.name}")
        assert {name: found[name] for name in topic.configuration} == topic.configuration


async def test_the_bounds_of_erasure_follow_the_setting(kafka: str, admin: AIOKafkaAdminClient, prefix: str) -> None:
    async def in_force(wanted: dict[str, str]) -> bool:
        return wanted.items() <= (await settings_of(admin, f"{prefix}participants")).items()

    for bound in (86_400, 40):
        await provision_topics(kafka, prefix=prefix, erasure_bound_seconds=bound)
        wanted = {"cleanup.policy": "compact", **compaction_bounds(bound)}
        await eventually(lambda wanted=wanted: in_force(wanted), what=f"the bound of {bound} s to be in force")
    assert wanted["segment.ms"] == wanted["max.compaction.lag.ms"] == "10000"


@pytest.mark.parametrize(
    ("partitions", "settings", "problem"),
    [
        (3, {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}, "has 3 partitions, the table says 12"),
        (12, {"cleanup.policy": "compact", "retention.ms": "-1"}, "has cleanup.policy=compact, the table says delete"),
        (12, {"cleanup.policy": "delete"}, "has retention.ms=604800000, the table says -1"),
    ],
)
async def test_a_topic_that_differs_is_refused_by_name(
    kafka: str, admin: AIOKafkaAdminClient, prefix: str, partitions: int, settings: dict[str, str], problem: str
) -> None:
    name = f"{prefix}registrations"
    await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
    with pytest.raises(TopicDiffersError, match=f"topic {name} {problem}"):
        await provision_topics(kafka, prefix=prefix)
