"""The relay: one leader, in order per key, nothing lost, payloads gone once published."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts.catalogue import decode
from shared.contracts.participants import ERASED_TYPE
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.contracts.workshop_events import WorkshopCompleted
from shared.runtime.database import Pool
from shared.runtime.outbox import Tombstone, publish
from shared.runtime.relay import Relay
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import correlated
from tests.component.runtime.parts import NOW, WORKSHOP, confirmed, on_topic, participant, producing, promoted, relaying, value
from tests.waiting import eventually

CUT_LEADER = """
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


async def publish_facts(pool: Pool, keys: list[UUID]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await publish(connection, [promoted(key) for key in keys], source="registration", now=NOW)


async def all_published(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT count(*) = 0 FROM outbox WHERE published_at IS NULL"))


async def first_sequences(settings: ServiceSettings) -> dict[UUID, list[int]]:
    """The sequence numbers of each key in the order in which they first occur."""
    found: dict[UUID, list[int]] = {}
    for item in await on_topic(settings, REGISTRATIONS):
        envelope, event = decode(item.value)
        assert envelope.sequence is not None
        if envelope.sequence not in found.setdefault(event.key, []):
            found[event.key].append(envelope.sequence)
    return found


async def test_rows_arrive_with_key_and_lose_their_payload(settings: ServiceSettings, pool: Pool) -> None:
    key = uuid4()
    async with pool.acquire() as connection, connection.transaction():
        with correlated("form-0002"):
            await publish(connection, [confirmed(key, 4), Tombstone(PARTICIPANTS, key, ERASED_TYPE)], source="registration", now=NOW)
    payload = await pool.fetchval("SELECT payload FROM outbox WHERE NOT tombstone")
    async with relaying(settings):
        await eventually(lambda: all_published(pool), what="both rows to be published")
    [fact] = await on_topic(settings, REGISTRATIONS)
    assert (fact.key, fact.value) == (str(key).encode(), payload)
    [tombstone] = [item for item in await on_topic(settings, PARTICIPANTS) if item.value is None]
    assert tombstone.key == str(key).encode()
    assert dict(tombstone.headers)["ce_type"] == ERASED_TYPE.encode()
    assert dict(tombstone.headers)["ce_correlationid"] == b"form-0002"
    rows = await pool.fetch("SELECT event_id, topic, key, type, payload FROM outbox ORDER BY id")
    assert [(row["topic"], row["key"], row["payload"]) for row in rows] == [("registrations", key, None), ("participants", key, None)]
    assert dict(tombstone.headers)["ce_id"] == str(rows[1]["event_id"]).encode()


async def test_a_fact_that_commits_late_is_not_missed(settings: ServiceSettings, pool: Pool) -> None:
    """Its id is lower than that of a fact of another key that was published before it."""
    early, late = uuid4(), uuid4()
    async with relaying(settings):
        async with pool.acquire() as connection, connection.transaction():
            await publish(connection, [promoted(late)], source="registration", now=NOW)
            await publish_facts(pool, [early])
            await eventually(lambda: all_published(pool), what="the early one to be published")
        await eventually(lambda: all_published(pool), what="the late one to be published")
    assert await first_sequences(settings) == {early: [1], late: [1]}


async def test_two_relays_have_one_leader_and_keep_the_order(settings: ServiceSettings, pool: Pool) -> None:
    """The leader's connection is cut in the middle, again and again; either may lead next."""
    keys = [uuid4() for _ in range(10)]
    async with relaying(settings) as one, relaying(settings) as other:
        for _ in range(5):
            for _ in range(20):
                await publish_facts(pool, keys)
            await eventually(lambda: one.leading != other.leading, what="exactly one to lead")
            await pool.execute(CUT_LEADER)
        await eventually(lambda: all_published(pool), within=30, what="everything to be published")
    assert await first_sequences(settings) == {key: list(range(1, 101)) for key in keys}


async def test_a_standby_takes_over_when_the_leader_is_gone(settings: ServiceSettings, pool: Pool) -> None:
    async with relaying(settings) as standby:
        await eventually(lambda: standby.leading, what="a leader")
        async with relaying(settings) as second:
            await publish_facts(pool, [uuid4()])
            await eventually(lambda: all_published(pool), what="the first to be published")
            assert not second.leading
    async with relaying(settings) as second:
        await eventually(lambda: second.leading, what="the other to lead")


async def test_death_between_confirmation_and_mark_repeats_and_loses_nothing(
    settings: ServiceSettings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [uuid4() for _ in range(3)]
    await publish_facts(pool, keys)
    reached = asyncio.Event()

    async def never_mark(*_arguments: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(Relay, "_mark", never_mark)
        async with relaying(settings, killed=True):
            await asyncio.wait_for(reached.wait(), 10)
    assert not await all_published(pool)
    async with relaying(settings):
        await eventually(lambda: all_published(pool), what="the rows to be published again")
    assert len(await on_topic(settings, REGISTRATIONS)) == 6
    assert await first_sequences(settings) == {key: [1] for key in keys}


async def test_published_rows_are_trimmed_unpublished_ones_never(settings: ServiceSettings, pool: Pool) -> None:
    await publish_facts(pool, [uuid4(), uuid4(), uuid4()])
    await pool.execute(
        """
        UPDATE outbox SET published_at = clock_timestamp() - interval '40 days', payload = NULL WHERE id = (SELECT min(id) FROM outbox);
        UPDATE outbox SET occurred_at = occurred_at - interval '40 days';
        """
    )
    async with relaying(settings):
        await eventually(lambda: all_published(pool), what="the rest to be published")
        await eventually(lambda: pool.fetchval("SELECT count(*) = 2 FROM outbox"), what="the old row to be trimmed")
    assert len(await on_topic(settings, REGISTRATIONS)) == 2


async def test_the_largest_record_that_the_outbox_takes_is_taken_by_the_broker(settings: ServiceSettings, pool: Pool) -> None:
    key = uuid4()
    async with pool.acquire() as connection, connection.transaction():
        await publish(connection, [promoted(key)], source="registration", now=NOW)
        await connection.execute("UPDATE outbox SET payload = convert_to(repeat('x', 1000000), 'UTF8')")
    async with relaying(settings):
        await eventually(lambda: all_published(pool), what="the large record to be published")
    [item] = await on_topic(settings, REGISTRATIONS)
    assert len(item.value) == 1_000_000


async def test_every_partition_of_participants_has_a_heartbeat(settings: ServiceSettings) -> None:
    wanted = {(number, f"heartbeat-{number}".encode()) for number in range(12)}

    async def beats() -> int:
        found = [(item.partition, item.key) for item in await on_topic(settings, PARTICIPANTS)]
        return len(found) if set(found) == wanted else 0

    async with relaying(settings.model_copy(update={"erasure_bound_seconds": 8})):
        first = await eventually(beats, what="a heartbeat in each partition")

        async def more() -> bool:
            return await beats() > first

        await eventually(more, what="the heartbeats to go on")


async def test_a_record_that_comes_behind_its_tombstone_is_overtaken_again(settings: ServiceSettings, pool: Pool) -> None:
    """As from a relay that stood still with the record in hand while another took over, and published the erasure."""
    key = uuid4()
    async with pool.acquire() as connection, connection.transaction():
        await publish(connection, [participant(key, "Ana"), Tombstone(PARTICIPANTS, key, ERASED_TYPE)], source="registration", now=NOW)
    async with relaying(settings.model_copy(update={"erasure_bound_seconds": 8})):
        await eventually(lambda: all_published(pool), what="record and tombstone to be published")
        async with producing(settings) as late:
            await late.send_and_wait(settings.topic_name(PARTICIPANTS.name), key=str(key).encode(), value=value(participant(key, "Ana")))

        async def last_is_a_tombstone() -> bool:
            own = [item for item in await on_topic(settings, PARTICIPANTS) if item.key == str(key).encode()]
            return sum(item.value is not None for item in own) == 2 and own[-1].value is None

        await eventually(last_is_a_tombstone, within=20, what="a tombstone behind the late record")
    [*_, again] = [item for item in await on_topic(settings, PARTICIPANTS) if item.value is None]
    assert dict(again.headers)["ce_id"] == str(await pool.fetchval("SELECT event_id FROM outbox WHERE tombstone")).encode(), "a repeat"


async def test_a_leader_that_stood_still_with_rows_in_hand_sends_none_of_them(
    settings: ServiceSettings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock went with its connection while it stood; whoever leads now may have sent newer ones already."""
    keys = [uuid4() for _ in range(3)]
    await publish_facts(pool, keys)
    monkeypatch.setattr("shared.runtime.relay.PROVEN_FOR", -1.0)
    look, stood_still = Relay._unpublished, asyncio.Event()

    async def look_and_stand_still(self: Relay, connection: asyncpg.Connection) -> list[Any]:
        rows = await look(self, connection)
        if not stood_still.is_set():
            stood_still.set()
            await pool.execute(CUT_LEADER)
        return rows

    monkeypatch.setattr(Relay, "_unpublished", look_and_stand_still)
    async with relaying(settings):
        await eventually(lambda: all_published(pool), what="the rows to be published by whoever leads next")
    assert stood_still.is_set()
    assert len(await on_topic(settings, REGISTRATIONS)) == 3, "once each"


async def test_what_follows_is_sent_when_all_before_it_is_confirmed(
    settings: ServiceSettings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A completion must not be on one broker before the check-ins that it follows are on another."""
    order = list[str]()

    class SlowForRegistrations(AIOKafkaProducer):
        async def send(self, topic: str, *arguments: Any, **options: Any) -> asyncio.Future[Any]:
            name = topic.removeprefix(settings.topic_prefix)
            order.append(f"{name} is handed over")
            sent = await super().send(topic, *arguments, **options)
            if name != REGISTRATIONS.name:
                return sent
            confirmed_late: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

            def confirm() -> None:
                order.append(f"{name} is confirmed")
                confirmed_late.set_result(None)

            asyncio.get_running_loop().call_later(0.2, confirm)
            return confirmed_late

    monkeypatch.setattr("shared.runtime.producer.AIOKafkaProducer", SlowForRegistrations)
    async with pool.acquire() as connection, connection.transaction():
        told = [promoted(uuid4()), WorkshopCompleted(workshop_id=WORKSHOP, version=2)]
        await publish(connection, told, source="registration", now=NOW)
    async with relaying(settings):
        await eventually(lambda: all_published(pool), what="both to be published")
    told_only = [what for what in order if not what.startswith(PARTICIPANTS.name)]  # heartbeats are not part of it
    assert told_only == ["registrations is handed over", "registrations is confirmed", "workshop-events is handed over"]
