"""The relay's Kafka producer, which can be thrown away at any moment."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaProducer

from shared.runtime.settings import ServiceSettings


def create_producer(settings: ServiceSettings, *, client_id: str) -> AIOKafkaProducer:
    """An idempotent producer: acks of all in-sync replicas, no record twice or out of order within its own life."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        client_id=client_id,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=128 * 1024,
        request_timeout_ms=10_000,
    )


async def discard(producer: AIOKafkaProducer) -> None:
    """End a producer without sending what it still holds.

    `stop` would wait for its buffers to be sent, without end while Kafka is away, and cancelling `stop` leaves the task that sends
    them running. What was on its way may still arrive.
    """
    producer._closed = True  # noqa: SLF001  # else it warns when collected, though it is ended here
    sending = producer._sender.sender_task  # noqa: SLF001  # there is no public way to stop sending at once
    if sending is not None:
        # Waited for, never awaited: the cancellation of that task must not be taken for one of ours.
        sending.cancel()
        await asyncio.wait([sending], timeout=2.0)
    with suppress(Exception):
        async with asyncio.timeout(2.0):
            await producer.client.close()
