"""Topics as the contracts' table has them: created where they are missing, compared where they exist."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.contracts.topics import TOPICS, Topic

_FINAL = ("cleanup.policy", "retention.ms", "retention.bytes")


class TopicDiffersError(Exception):
    """A topic exists with other properties than the table says. Nothing was changed: changing them would move keys or lose records."""


def compaction_bounds(bound_seconds: int) -> dict[str, str]:
    """Kafka's settings for an erasable topic, such that an erased record is gone from the files within the bound.

    A segment closes a quarter after it was begun, at the first append after that; the relay appends every eighth. A closed segment is
    compacted no later than a quarter after its first record, and the old file is deleted an eighth later. What is left of the
    bound is for the broker's cleaner, whose pause between rounds (`log.cleaner.backoff.ms`, 15 s by default) is the broker's setting.
    """
    quarter = bound_seconds * 1000 // 4
    return {
        "segment.ms": str(quarter),
        "max.compaction.lag.ms": str(quarter),
        "min.compaction.lag.ms": "0",
        "min.cleanable.dirty.ratio": "0.1",
        "delete.retention.ms": str(86_400_000),
        "file.delete.delay.ms": str(min(60_000, bound_seconds * 1000 // 8)),
    }


def configuration(topic: Topic, *, erasure_bound_seconds: int) -> dict[str, str]:
    """All settings that a topic has of its own."""
    return {**topic.configuration, **(compaction_bounds(erasure_bound_seconds) if topic.erasable else {})}


async def provision_topics(
    bootstrap: str, *, prefix: str = "", erasure_bound_seconds: int = 86_400, replication_factor: int = 1
) -> list[str]:
    """Create what is missing, and set the compaction bounds. Safe to repeat.

    Args:
        bootstrap: Kafka's servers as host:port, comma-separated.
        prefix: put before every name.
        erasure_bound_seconds: see `compaction_bounds`; workers must have the same setting.
        replication_factor: of new topics.

    Returns:
        The names of the topics created.

    Raises:
        TopicDiffersError: a topic exists with other partitions or another cleanup or retention.
        KafkaError: the broker is away or refused.
        TimeoutError: a topic that was created did not become known.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id=f"{prefix}provisioning")
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if f"{prefix}{topic.name}" not in existing]
        created = await _create(admin, missing, prefix, erasure_bound_seconds, replication_factor)
        for topic in TOPICS:
            name = f"{prefix}{topic.name}"
            if name in created:
                await _partitions(admin, name)
            else:
                await _compare(admin, topic, name)
                if topic.erasable:
                    await _configure(admin, name, configuration(topic, erasure_bound_seconds=erasure_bound_seconds))
        return created
    finally:
        await admin.close()


async def _create(
    admin: AIOKafkaAdminClient, missing: list[Topic], prefix: str, erasure_bound_seconds: int, replication_factor: int
) -> list[str]:
    if not missing:
        return []
    answer = await admin.create_topics(
        [
            NewTopic(
                name=f"{prefix}{topic.name}",
                num_partitions=topic.partitions,
                replication_factor=replication_factor,
                topic_configs=configuration(topic, erasure_bound_seconds=erasure_bound_seconds),
            )
            for topic in missing
        ]
    )
    created = []
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            created.append(name)
        elif error is not TopicAlreadyExistsError:  # another process may create them at the same moment
            raise error(f"{name}: {' '.join(filter(None, message))}")
    return created


async def _configure(admin: AIOKafkaAdminClient, name: str, settings: dict[str, str]) -> None:
    for answer in await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=settings)]):
        for code, message, *_ in answer.resources:
            if code:
                raise for_code(code)(f"{name}: {message}")


async def _compare(admin: AIOKafkaAdminClient, topic: Topic, name: str) -> None:
    partitions = await _partitions(admin, name)
    if partitions != topic.partitions:
        raise TopicDiffersError(f"topic {name} has {partitions} partitions, the table says {topic.partitions}; partition counts are final")
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    [(_code, _message, _kind, _name, entries)] = answer.resources
    found = {entry[0]: entry[1] for entry in entries}
    for setting, wanted in topic.configuration.items():
        if setting in _FINAL and found.get(setting) != wanted:
            raise TopicDiffersError(f"topic {name} has {setting}={found.get(setting)}, the table says {wanted}")


async def _partitions(admin: AIOKafkaAdminClient, name: str) -> int:
    """How many partitions a topic has. One that was created a moment ago is known to every broker only a little later."""
    async with asyncio.timeout(30.0):
        while True:
            [description] = await admin.describe_topics([name])
            if description["error_code"] == 0 and description["partitions"]:
                return len(description["partitions"])
            await asyncio.sleep(0.05)
