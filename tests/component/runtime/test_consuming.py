"""Consumers on a real broker: batches with tombstones, poison, replay from the beginning, lag."""

import asyncio
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import LogicSubscriber

from shared.contracts.participants import ERASED_TYPE, ParticipantRecorded
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS, Topic
from shared.runtime import dead_letters
from shared.runtime.consuming import Consuming
from shared.runtime.consumption import Consumers, Received, ReceivedTombstone
from shared.runtime.database import Connection, Pool
from shared.runtime.lag import LagMonitor, LagUnknownError
from shared.runtime.outbox import Tombstone, publish
from shared.runtime.records import read
from shared.runtime.settings import ServiceSettings
from tests.component.runtime.parts import NOW, confirmed, consuming, note_taker, notes, participant, producing, relaying, value
from tests.waiting import eventually


async def lag_of(settings: ServiceSettings, consumers: Consumers) -> dict[str, int]:
    monitor = LagMonitor(settings, consumers)
    try:
        return await monitor.measure()
    finally:
        await monitor.close()


async def test_from_outbox_to_effect(settings: ServiceSettings, pool: Pool) -> None:
    consumers = note_taker()
    async with relaying(settings), consuming(settings, consumers, pool):
        async with pool.acquire() as connection, connection.transaction():
            await publish(connection, [confirmed(uuid4(), 1)], source="registration", now=NOW)
        await eventually(lambda: _are(pool, [1]), within=20, what="the note")
        monitor = LagMonitor(settings, consumers)
        await eventually(lambda: _caught_up(monitor), what="the offsets to be committed")
        await monitor.close()


async def test_one_fetch_may_hold_records_tombstones_and_poison(settings: ServiceSettings, pool: Pool) -> None:
    """All are there before the consumer starts, so that they come in one fetch."""
    consumers, seen = Consumers("notifications"), list[object]()

    @consumers.on(ParticipantRecorded)
    async def on_recorded(connection: Connection, received: Received[ParticipantRecorded]) -> None:
        seen.append(received.event.given_name)

    @consumers.on_tombstone(PARTICIPANTS)
    async def on_tombstone(connection: Connection, received: ReceivedTombstone) -> None:
        seen.append(received.type)

    key = uuid4()
    async with pool.acquire() as connection, connection.transaction():
        await publish(
            connection,
            [participant(key, "Ana"), Tombstone(PARTICIPANTS, key, ERASED_TYPE), participant(key, "Ben")],
            source="registration",
            now=NOW,
        )
    async with producing(settings) as producer, relaying(settings):
        await eventually(
            lambda: pool.fetchval("SELECT count(*) = 0 FROM outbox WHERE published_at IS NULL"), what="the rows to be published"
        )
        await producer.send_and_wait(settings.topic_name("participants"), key=str(key).encode(), value=b"poison")
        await producer.send_and_wait(settings.topic_name("participants"), key=str(key).encode(), value=value(participant(key, "Cem")))
    async with consuming(settings, consumers, pool):
        await eventually(lambda: len(seen) == 4, within=20, what="all handlers to be called")
    assert seen == ["Ana", ERASED_TYPE, "Ben", "Cem"]
    async with pool.acquire() as connection:
        [letter] = await dead_letters.list_(connection)
    assert (letter.topic, letter.value) == ("participants", b"poison")


async def test_reading_everything_again_with_the_inbox_intact_changes_nothing(settings: ServiceSettings, pool: Pool) -> None:
    async with producing(settings) as producer:
        for number in (1, 2, 3):
            event = confirmed(uuid4(), number)
            await producer.send_and_wait(settings.topic_name("registrations"), key=str(event.key).encode(), value=value(event))
    for group in ("notifications", "notifications-again"):
        consumers = note_taker(group)
        async with consuming(settings, consumers, pool):
            monitor = LagMonitor(settings, consumers)
            await eventually(lambda monitor=monitor: _caught_up(monitor), within=20, what="everything to be read")
            await monitor.close()
    assert sorted(await notes(pool)) == [1, 2, 3]


async def test_a_consumer_that_is_stopped_leaves_the_rest_to_the_next(settings: ServiceSettings, pool: Pool) -> None:
    """It stops while its batch waits for the database; the batch is not committed, and the next consumer reads it."""
    await pool.execute("ALTER TABLE dead_letters RENAME TO dead_letters_away")
    async with producing(settings) as producer:
        event = confirmed(uuid4(), 666)
        await producer.send_and_wait(settings.topic_name("registrations"), key=str(event.key).encode(), value=value(event))
    consumers = note_taker()
    async with consuming(settings, consumers, pool) as worker:
        await eventually(lambda: worker.waits >= 1, within=20, what="the batch to wait")
    assert (await lag_of(settings, consumers))["registrations"] == 1
    await pool.execute("ALTER TABLE dead_letters_away RENAME TO dead_letters")
    async with consuming(settings, consumers, pool):
        await eventually(lambda: pool.fetchval("SELECT count(*) = 1 FROM dead_letters"), within=20, what="the poison to be set aside")


async def test_an_unforeseen_failure_skips_nothing(settings: ServiceSettings, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of a handler but of the machinery itself: the batch is read again."""
    failures = iter(range(2))

    def fail_twice(topic: Topic, item: ConsumerRecord) -> object:
        if next(failures, None) is not None:
            raise RuntimeError
        return read(topic, item)

    monkeypatch.setattr("shared.runtime.batches.read", fail_twice)
    async with producing(settings) as producer, consuming(settings, note_taker(), pool):
        await _send(producer, settings, 1)
        await eventually(lambda: _are(pool, [1]), within=20, what="the fact to take effect all the same")


async def test_consumers_that_are_stuck_are_started_anew(settings: ServiceSettings, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer whose fetching has stopped, as aiokafka's sometimes does: there is lag, and nobody moves."""
    monkeypatch.setattr("shared.runtime.consuming.LOOK_EVERY", 0.1)
    monkeypatch.setattr("shared.runtime.consuming.STUCK_AFTER", 0.5)
    started = list[Consuming]()
    async with producing(settings) as producer, consuming(settings, note_taker(), pool, started=started):
        await _send(producer, settings, 1)
        await eventually(lambda: _are(pool, [1]), within=20, what="the first fact")
        stuck = started[0].broker
        assert stuck is not None
        [subscriber] = stuck.subscribers
        assert isinstance(subscriber, LogicSubscriber)
        assert subscriber.consumer is not None
        subscriber.consumer.pause(*subscriber.consumer.assignment())
        await _send(producer, settings, 2)
        await eventually(lambda: _are(pool, [1, 2]), within=30, what="the second fact")
        assert started[0].broker is not stuck


async def test_a_consumer_that_is_stuck_is_noticed_while_another_topic_moves(
    settings: ServiceSettings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.runtime.consuming.LOOK_EVERY", 0.1)
    monkeypatch.setattr("shared.runtime.consuming.STUCK_AFTER", 1.0)
    consumers, read_on = note_taker(), list[str]()

    @consumers.on(ParticipantRecorded)
    async def on_recorded(connection: Connection, received: Received[ParticipantRecorded]) -> None:
        read_on.append(received.event.given_name)

    started = list[Consuming]()
    async with producing(settings) as producer, consuming(settings, consumers, pool, started=started):

        async def somebody_registers_again_and_again() -> None:
            while True:
                somebody = participant(uuid4(), "Ana")
                await producer.send_and_wait(settings.topic_name("participants"), key=str(somebody.key).encode(), value=value(somebody))
                await asyncio.sleep(0.05)

        await _send(producer, settings, 1)
        await eventually(lambda: _are(pool, [1]), within=20, what="the first fact")
        others = asyncio.create_task(somebody_registers_again_and_again())
        await eventually(lambda: len(read_on) > 0, within=20, what="the other topic to be read")
        stuck = started[0].broker
        assert stuck is not None
        for subscriber in stuck.subscribers:
            assert isinstance(subscriber, LogicSubscriber)
            assert subscriber.consumer is not None
            partitions = subscriber.consumer.assignment()
            if {partition.topic for partition in partitions} == {settings.topic_name("registrations")}:
                subscriber.consumer.pause(*partitions)
        await _send(producer, settings, 2)
        await eventually(lambda: _are(pool, [1, 2]), within=30, what="the second fact")
        assert started[0].broker is not stuck
        others.cancel()
        await asyncio.gather(others, return_exceptions=True)


async def test_a_first_record_after_long_idleness_is_no_sign_of_being_stuck(
    settings: ServiceSettings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies there and nobody has fetched it yet, which is what it looks like when nobody ever will."""
    monkeypatch.setattr("shared.runtime.consuming.LOOK_EVERY", 0.1)
    monkeypatch.setattr("shared.runtime.consuming.STUCK_AFTER", -1.0)
    looks, started = list[set[str]](), list[Consuming]()
    behind = Consuming._behind

    async def behind_at_the_first_look(self: Consuming, broker: KafkaBroker) -> set[str]:
        await behind(self, broker)
        looks.append({REGISTRATIONS.name} if len(looks) == 1 else set())
        return looks[-1]

    monkeypatch.setattr(Consuming, "_behind", behind_at_the_first_look)
    async with consuming(settings, note_taker(), pool, started=started):
        await eventually(lambda: len(looks) > 0, within=20, what="a first look")
        broker = started[0].broker
        await eventually(lambda: len(looks) > 5, within=20, what="some looks more")
        assert started[0].broker is broker


async def test_lag_counts_what_no_group_has_ever_committed(settings: ServiceSettings, pool: Pool) -> None:
    async with producing(settings) as producer:
        for number in range(1, 6):
            event = confirmed(uuid4(), number)
            await producer.send_and_wait(settings.topic_name("registrations"), key=str(event.key).encode(), value=value(event))
    assert await lag_of(settings, note_taker()) == {REGISTRATIONS.name: 5}


async def test_lag_that_cannot_be_measured_is_not_told_as_none(database_settings: ServiceSettings) -> None:
    with pytest.raises(LagUnknownError):
        await lag_of(database_settings, note_taker())


async def test_lag_of_a_missing_topic_is_unknown(settings: ServiceSettings) -> None:
    elsewhere = settings.model_copy(update={"topic_prefix": "nobody-made-this."})
    monitor = LagMonitor(elsewhere, note_taker(), within=1.5)
    with pytest.raises(LagUnknownError):
        await monitor.measure()
    await monitor.close()


async def _send(producer: AIOKafkaProducer, settings: ServiceSettings, number: int) -> None:
    event = confirmed(uuid4(), number)
    await producer.send_and_wait(settings.topic_name("registrations"), key=str(event.key).encode(), value=value(event))


async def _are(pool: Pool, wanted: list[int]) -> bool:
    return await notes(pool) == wanted


async def _caught_up(monitor: LagMonitor) -> bool:
    return sum((await monitor.measure()).values()) == 0
