"""The FastStream broker of a service: one batch subscriber a topic, and the publishers that its relay answers for."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.contracts.catalogue import EVENTS
from shared.contracts.topics import TOPICS, Topic
from shared.runtime.consumption import Consumers
from shared.runtime.settings import ServiceSettings

EMPTY_POLL_MS = 10
"""After an empty look FastStream sleeps as long and hears of nothing meanwhile; how long a look waits is up to `consuming`."""

MAX_BATCH = 500
"""Records of one transaction and one offset commit."""

Process = Callable[[Topic, Sequence[ConsumerRecord]], Awaitable[None]]


async def _process_nothing(_topic: Topic, _records: Sequence[ConsumerRecord]) -> None:
    """For a broker that is only described, never started."""


async def _as_it_is(message: KafkaMessage) -> KafkaMessage:
    return message


def create_broker(settings: ServiceSettings, service: str, consumers: Consumers, *, process: Process = _process_nothing) -> KafkaBroker:
    """Declare what a service reads and writes; nothing connects until the broker is started.

    Args:
        settings: bootstrap servers, topic prefix and grace period.
        service: its name; the publishers of the topics it owns are declared.
        consumers: its handlers; their topics are subscribed to.
        process: takes each batch. When it returns, the batch's offsets are committed; when it raises, the batch is read again.
    """
    broker = KafkaBroker(
        settings.kafka_bootstrap.split(","),
        client_id=f"{settings.topic_prefix}{service}",
        consumer_only=True,  # the relay owns the producer, so that it can discard it; topics are provisioned, never created here
        allow_auto_create_topics=False,
        # Messages as they are. To look one up for a handler that names it, FastStream would have each batch wait for a thread.
        apply_types=False,
        decoder=_as_it_is,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        graceful_timeout=settings.grace_seconds * 0.7,  # the rest is for closing the consumers
        logger=logging.getLogger("atelier.broker"),
        log_level=logging.DEBUG,
        description=f"Events of {service}",
    )
    for topic in consumers.topics:
        _subscribe(broker, settings, topic, group=consumers.group(topic, prefix=settings.topic_prefix), process=process)
    for topic in TOPICS:
        if topic.owner == service:
            broker.publisher(
                settings.topic_name(topic.name),
                title=topic.name,
                description=f"{topic.kind.value} records, keyed by {topic.key}, {topic.partitions} partitions",
                schema=_schema(topic),
            )
    return broker


def _schema(topic: Topic) -> Any:
    """The union of the topic's events."""
    return reduce(or_, [event for event in EVENTS if event.topic is topic])


def _subscribe(broker: KafkaBroker, settings: ServiceSettings, topic: Topic, *, group: str, process: Process) -> None:
    # A subscriber typed list[bytes] gets no keys, and a tombstone as empty bytes, hence the raw message.
    async def consume(message: KafkaMessage) -> None:
        records = message.raw_message
        await process(topic, records if isinstance(records, tuple) else (records,))

    session = int(settings.consumer_session_seconds * 1000)
    consume.__name__ = f"consume_{topic.name.replace('-', '_')}"
    subscriber = broker.subscriber(
        settings.topic_name(topic.name),
        batch=True,
        max_records=MAX_BATCH,
        batch_timeout_ms=EMPTY_POLL_MS,
        group_id=group,
        auto_offset_reset="earliest",
        session_timeout_ms=session,
        heartbeat_interval_ms=min(3000, session // 3),
        no_reply=True,
        title=topic.name,
    )
    subscriber(consume)
