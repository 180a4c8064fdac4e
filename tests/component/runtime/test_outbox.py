"""Publishing: numbered per key, in order of commit, in one statement, and refused when the broker would refuse it."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from shared.contracts.participants import ERASED_TYPE
from shared.contracts.topics import PARTICIPANTS
from shared.contracts.workshop_events import WorkshopAnnounced
from shared.runtime.database import Pool
from shared.runtime.outbox import EventTooLargeError, Tombstone, publish
from shared.runtime.telemetry import correlated
from tests.component.runtime.parts import NOW, WORKSHOP, confirmed, promoted
from tests.waiting import eventually


async def test_facts_are_numbered_per_key_and_keep_their_order(pool: Pool) -> None:
    ana, ben = uuid4(), uuid4()
    async with pool.acquire() as connection, connection.transaction():
        first = await publish(connection, [confirmed(ana, 1), confirmed(ben, 2), promoted(ana)], source="registration", now=NOW)
    async with pool.acquire() as connection, connection.transaction():
        second = await publish(connection, [promoted(ben), promoted(ana)], source="registration", now=NOW)
    rows = await pool.fetch("SELECT event_id, key, sequence FROM outbox ORDER BY id")
    assert [row["event_id"] for row in rows] == first + second
    assert [(row["key"], row["sequence"]) for row in rows] == [(ana, 1), (ben, 1), (ana, 2), (ben, 2), (ana, 3)]


async def test_envelope_carries_sequence_source_time_and_correlation(pool: Pool) -> None:
    with correlated("form-0001"):
        async with pool.acquire() as connection, connection.transaction():
            [event_id] = await publish(connection, [confirmed(uuid4(), 7)], source="registration", now=NOW)
    envelope = json.loads(await pool.fetchval("SELECT payload FROM outbox"))
    assert UUID(envelope["id"]) == event_id
    assert (envelope["sequence"], envelope["source"], envelope["correlationid"]) == (1, "/services/registration", "form-0001")
    assert envelope["time"] == "2023-10-24T09:00:00Z"
    assert envelope["data"]["number"] == 7


async def test_ids_are_in_order_of_commit_within_a_key(pool: Pool) -> None:
    """The later publisher of a key gets its id only when the earlier one has committed."""
    key = uuid4()
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await publish(connection, [confirmed(key, 1)], source="registration", now=NOW)

        async def later() -> None:
            async with pool.acquire() as other, other.transaction():
                await publish(other, [promoted(key)], source="registration", now=NOW)

        task = asyncio.create_task(later())

        async def waits() -> bool:
            return bool(
                await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'outbox_sequences'")
            )

        await eventually(waits, what="the later publisher to wait for the key's row")
        await transaction.commit()
        await task
    assert [row["sequence"] for row in await pool.fetch("SELECT sequence FROM outbox ORDER BY id")] == [1, 2]


async def test_a_rollback_leaves_no_gap(pool: Pool) -> None:
    key = uuid4()
    for commits in (True, False, True):
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await publish(connection, [promoted(key)], source="registration", now=NOW)
            await (transaction.commit() if commits else transaction.rollback())
    assert [row["sequence"] for row in await pool.fetch("SELECT sequence FROM outbox ORDER BY id")] == [1, 2]


async def test_publishers_of_the_same_keys_in_any_order_do_not_deadlock(pool: Pool) -> None:
    keys = [uuid4() for _ in range(40)]

    async def publish_all(order: list[UUID]) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await publish(connection, [promoted(key) for key in order], source="registration", now=NOW)

    await asyncio.gather(*(publish_all(keys if turn % 2 else keys[::-1]) for turn in range(20)))
    assert await pool.fetchval("SELECT min(last) = 20 AND max(last) = 20 FROM outbox_sequences")


async def test_thousands_in_one_call(pool: Pool) -> None:
    keys = [uuid4() for _ in range(5000)]
    async with pool.acquire() as connection, connection.transaction():
        ids = await publish(connection, [confirmed(key, number + 1) for number, key in enumerate(keys)], source="registration", now=NOW)
    rows = await pool.fetch("SELECT event_id, key FROM outbox ORDER BY id")
    assert [(row["event_id"], row["key"]) for row in rows] == list(zip(ids, keys, strict=True))


async def test_a_record_too_large_for_the_broker_is_refused_by_name(pool: Pool) -> None:
    event = WorkshopAnnounced(workshop_id=WORKSHOP, version=1, subject={"en": "News"}, body={"en": "x" * 1_000_000})
    with pytest.raises(EventTooLargeError, match=rf"workshop.announced.v1 for {WORKSHOP} has 1000\d{{3}} bytes"):
        async with pool.acquire() as connection, connection.transaction():
            await publish(connection, [event], source="registration", now=NOW)
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_tombstone_has_no_payload_and_locks_its_key(pool: Pool) -> None:
    key = uuid4()
    async with pool.acquire() as connection, connection.transaction():
        await publish(connection, [Tombstone(PARTICIPANTS, key, ERASED_TYPE)], source="registration", now=NOW)
    row = await pool.fetchrow("SELECT topic, key, type, tombstone, payload, sequence FROM outbox")
    assert tuple(row) == ("participants", key, ERASED_TYPE, True, None, None)
    assert await pool.fetchval("SELECT count(*) FROM outbox_sequences WHERE topic = 'participants'") == 1


async def test_the_commit_notifies(pool: Pool) -> None:
    heard = asyncio.Event()

    def hear(*_arguments: object) -> None:
        heard.set()

    async with pool.acquire() as ear:
        await ear.add_listener("outbox", hear)
        async with pool.acquire() as connection, connection.transaction():
            await publish(connection, [promoted(uuid4())], source="registration", now=NOW)
        await asyncio.wait_for(heard.wait(), 5)
        await ear.remove_listener("outbox", hear)
