"""What reconciliation asks of real servers: how far groups have read, and for how long nobody has held a message."""

import uuid
from datetime import timedelta

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.reconcile.read_notifications import read_notifications
from deploy.reconcile.read_progress import Progress, read_progress
from tests.conftest import NewDatabase

INSERT = """
    INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rank, sequence, due_at, state, lease_until)
    VALUES (gen_random_uuid(), gen_random_uuid(), 'confirmation', $1, 0, 1, now(), $2, clock_timestamp() + $3::interval)
"""


async def test_progress_is_what_the_group_of_each_service_has_told(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}registrations"
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for _ in range(3):
            await producer.send_and_wait(topic, b"x", key=str(uuid.uuid4()).encode(), partition=4)
    group = f"{topic_prefix}notifications.registrations"
    async with AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign([TopicPartition(topic, 4)])
        await consumer.commit({TopicPartition(topic, 4): 2})
    found = await read_progress(kafka, topic_prefix)
    assert [one for one in found if one.committed is not None] == [Progress("notifications", "registrations", 4, 2)]
    of_registrations = {(one.service, one.partition) for one in found if one.topic == "registrations"}
    assert of_registrations == {(service, number) for service in ("notifications", "certificates") for number in range(12)}
    assert {one.topic for one in found if one.service == "registration"} == {"notifications", "certificates"}


async def test_a_lease_that_ran_out_says_how_long_ago(database: NewDatabase) -> None:
    connection = await asyncpg.connect(await database("notifications"))
    try:
        await connection.execute(INSERT, "lapsed", "sending", timedelta(minutes=-7))
        await connection.execute(INSERT, "held", "claimed", timedelta(minutes=7))
        await connection.execute(INSERT, "planned", "planned", None)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            rows = (await read_notifications(connection)).messages.values()
    finally:
        await connection.close()
    lapsed = {row.key.occurrence: row.lapsed_for for row in rows}
    assert lapsed.pop("lapsed") >= timedelta(minutes=7)  # type: ignore[operator]  # it is one of them
    assert lapsed == {"held": None, "planned": None}
