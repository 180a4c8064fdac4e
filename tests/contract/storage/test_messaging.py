"""Outbox, relay and inbox, whoever keeps their rows."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord

from shared.contracts.registrations import RegistrationConfirmed, RegistrationPromoted
from shared.contracts.topics import REGISTRATIONS
from shared.runtime import dead_letter_rows, inbox, outbox
from shared.runtime.records import ReadTombstone, Unreadable
from shared.runtime.relay import LEADER_LOCK, Relay
from shared.runtime.settings import ServiceSettings
from shared.runtime.waiting import Activity, Stop
from tests.component.registration.material import NOW
from tests.contract.storage.stores import Store
from tests.contract.storage.test_locks import until_blocked

WORKSHOP = uuid4()


def record(offset: int = 0) -> ConsumerRecord:
    places: Any = {"topic": "registrations", "partition": 0, "offset": offset, "timestamp": 1_700_000_000_000, "timestamp_type": 0}
    return ConsumerRecord(**places, key=b"k", value=b"v", checksum=None, serialized_key_size=1, serialized_value_size=1, headers=())


def heard(event_id: UUID) -> ReadTombstone:
    return ReadTombstone(record(), uuid4(), "registration.confirmed.v1", event_id)


def relay() -> Relay:
    settings = ServiceSettings(environment="development", database_url="postgresql://nobody@127.0.0.1:1/nothing")
    return Relay(settings, service="nothing", wake=asyncio.Event(), stop=Stop(), activity=Activity())


async def publish(connection: Any, *keys: UUID) -> list[UUID]:
    events = [RegistrationPromoted(registration_id=key, workshop_id=WORKSHOP) for key in keys]
    return await outbox.publish(connection, events, source="registration", now=NOW)


async def numbers(connection: Any) -> list[tuple[UUID, int]]:
    return [(row["event_id"], row["id"]) for row in await relay()._unpublished(connection)]


async def test_facts_are_numbered_within_their_key(one: Any) -> None:
    first, second = uuid4(), uuid4()
    numbered = await outbox._sequences(one, [RegistrationConfirmed(registration_id=first, workshop_id=WORKSHOP, number=1)])
    assert numbered == [1]
    events = [RegistrationPromoted(registration_id=key, workshop_id=WORKSHOP) for key in (second, first, first)]
    assert await outbox._sequences(one, events) == [1, 2, 3]


async def test_whoever_publishes_for_the_same_key_waits_and_comes_after(registration: Store, one: Any, other: Any) -> None:
    key = uuid4()
    transaction = one.transaction()
    await transaction.start()
    [first] = await publish(one, key)
    waiting = asyncio.create_task(publish(other, key))
    await until_blocked(registration, waiting)
    await transaction.commit()
    [second] = await waiting
    ids = dict(await numbers(one))
    assert ids[first] < ids[second]
    assert await outbox._sequences(one, [RegistrationPromoted(registration_id=key, workshop_id=WORKSHOP)]) == [3]


async def test_a_number_that_was_rolled_back_is_given_again(one: Any) -> None:
    key = uuid4()
    transaction = one.transaction()
    await transaction.start()
    await publish(one, key)
    await transaction.rollback()
    assert await numbers(one) == []
    assert await outbox._sequences(one, [RegistrationPromoted(registration_id=key, workshop_id=WORKSHOP)]) == [1]


async def test_what_is_marked_is_read_no_more(one: Any) -> None:
    ids = await publish(one, uuid4(), uuid4())
    rows = await relay()._unpublished(one)
    assert [row["event_id"] for row in rows] == ids
    await relay()._mark(one, rows[:1])
    assert [event_id for event_id, _ in await numbers(one)] == ids[1:]
    await relay()._trim(one)
    assert [event_id for event_id, _ in await numbers(one)] == ids[1:]


async def test_one_connection_leads_until_it_ends(one: Any, other: Any) -> None:
    lead = "SELECT pg_try_advisory_lock($1)"
    assert await one.fetchval(lead, LEADER_LOCK)
    assert not await other.fetchval(lead, LEADER_LOCK)
    await one.close()
    assert await other.fetchval(lead, LEADER_LOCK)


async def test_an_event_is_entered_once(one: Any) -> None:
    first, second = heard(uuid4()), heard(uuid4())
    assert await inbox.enter(one, REGISTRATIONS, [first, first]) == {first.event_id}
    assert await inbox.enter(one, REGISTRATIONS, [first, second]) == {second.event_id}


@pytest.mark.parametrize("kept", [True, False])
async def test_the_same_event_in_two_batches_waits_for_what_becomes_of_the_first(
    registration: Store, one: Any, other: Any, *, kept: bool
) -> None:
    event = heard(uuid4())
    transaction = one.transaction()
    await transaction.start()
    await inbox.enter(one, REGISTRATIONS, [event])
    waiting = asyncio.create_task(inbox.enter(other, REGISTRATIONS, [event]))
    await until_blocked(registration, waiting)
    await (transaction.commit() if kept else transaction.rollback())
    assert await waiting == (set() if kept else {event.event_id})


async def test_a_record_is_set_aside_once_and_goes_with_its_key(one: Any) -> None:
    key = uuid4()
    for _ in range(2):
        await dead_letter_rows.store(one, REGISTRATIONS, Unreadable(record(), key, "it says nothing"), reason="it says nothing")
    assert await dead_letter_rows.delete_for_key(one, key) == 1
    assert await dead_letter_rows.delete_for_key(one, key) == 0
