"""What rows and statements promise each other, whoever keeps them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.registration.domain.places import Admission, Answer, Outcome
from services.registration.domain.workshop import Workshop
from services.registration.domain.workshop_consistency import read_definition
from services.registration.storage import registrations, workshops
from shared.contracts.workshops import WorkshopState
from tests.component.registration.material import NOW, submission, workshop_json
from tests.contract.storage.stores import Store
from tests.waiting import eventually


async def open_workshop(connection: Any, *, capacity: int = 2) -> UUID:
    definition = read_definition(workshop_json(capacity=capacity))
    times = {"starts_at": definition.starts_at, "ends_at": definition.ends_at, "created_at": NOW, "updated_at": NOW}
    counts = {"confirmed": 0, "waiting": 0, "last_number": 0}
    workshop = Workshop(id=uuid4(), state=WorkshopState.OPEN, version=1, definition=definition, **counts, **times)
    assert await workshops.insert(connection, workshop)
    return workshop.id


async def admit(connection: Any, workshop_id: UUID, number: int, address: str, outcome: Outcome = Outcome.CONFIRMED) -> UUID:
    registration_id = uuid4()
    position = 1 if outcome is Outcome.WAITING else None
    admission = Admission(0, number, Answer(outcome, position))
    await registrations.insert_admitted(
        connection, workshop_id, [(registration_id, admission, submission(address))], time_zone="Europe/Paris", now=NOW
    )
    return registration_id


async def until_blocked(store: Store, waiting: "asyncio.Task[Any]") -> None:
    await eventually(store.waits, what="one connection waits for the other's lock")
    assert not waiting.done()


async def test_whoever_waited_for_a_lock_reads_what_was_committed_meanwhile(registration: Store, one: Any, other: Any) -> None:
    workshop_id = await open_workshop(one)
    async with one.transaction():
        places, time_zone = await workshops.lock_places(one, workshop_id) or pytest.fail("it is there")
        assert (places.capacity, places.confirmed, places.waiting_list, time_zone) == (2, 0, True, "Europe/Paris")

        async def second() -> int:
            async with other.transaction():
                locked = await workshops.lock_places(other, workshop_id)
                assert locked
                return locked[0].confirmed

        waiting = asyncio.create_task(second())
        await until_blocked(registration, waiting)
        await workshops.save_places(one, workshop_id, replace(places, confirmed=1, last_number=1))
    assert await waiting == 1


async def test_what_is_not_committed_is_seen_by_its_own_transaction_only(one: Any, other: Any) -> None:
    workshop_id = await open_workshop(one)
    transaction = one.transaction()
    await transaction.start()
    registration_id = await admit(one, workshop_id, 1, "a@example.org")
    assert await registrations.find_workshop_id(one, registration_id) == workshop_id
    assert await registrations.find_workshop_id(other, registration_id) is None
    await transaction.rollback()
    assert await registrations.find_workshop_id(one, registration_id) is None


async def test_more_confirmed_than_places_is_refused(one: Any) -> None:
    workshop_id = await open_workshop(one, capacity=1)
    places, _ = await workshops.lock_places(one, workshop_id) or pytest.fail("it is there")
    with pytest.raises(asyncpg.CheckViolationError, match="never_oversold"):
        await workshops.save_places(one, workshop_id, replace(places, confirmed=2))


async def test_an_address_is_free_again_after_it_was_withdrawn(one: Any) -> None:
    workshop_id = await open_workshop(one)
    first = await admit(one, workshop_id, 1, "a@example.org")
    with pytest.raises(asyncpg.UniqueViolationError, match="one_live_registration_per_address"):
        await admit(one, workshop_id, 2, "a@example.org")
    assert (await registrations.find_known(one, workshop_id, ["a@example.org", "b@example.org"])).live == {"a@example.org": first}
    await registrations.mark_withdrawn(one, first, "participant", now=NOW)
    assert not (await registrations.find_known(one, workshop_id, ["a@example.org"])).live
    assert await admit(one, workshop_id, 2, "a@example.org") != first


@pytest.mark.parametrize("kept", [True, False])
async def test_a_second_row_of_a_key_waits_for_what_becomes_of_the_first(registration: Store, one: Any, other: Any, *, kept: bool) -> None:
    workshop_id = await open_workshop(one)
    transaction = one.transaction()
    await transaction.start()
    await admit(one, workshop_id, 1, "a@example.org")
    waiting = asyncio.create_task(admit(other, workshop_id, 2, "a@example.org"))
    await until_blocked(registration, waiting)
    await (transaction.commit() if kept else transaction.rollback())
    if kept:
        with pytest.raises(asyncpg.UniqueViolationError):
            await waiting
    else:
        await waiting


async def test_the_line_moves_in_order(one: Any) -> None:
    workshop_id = await open_workshop(one)
    line = [await admit(one, workshop_id, number, f"{number}@example.org", Outcome.WAITING) for number in (3, 1, 2)]
    assert await registrations.promote_first(one, workshop_id, 2, now=NOW) == [line[1], line[2]]
    locked = await registrations.lock(one, line[0])
    assert locked
    assert (locked.number, locked.state.value) == (3, "waiting")


async def test_a_link_is_given_once_in_its_interval(one: Any) -> None:
    registration_id = await admit(one, await open_workshop(one), 1, "a@example.org")
    assert await registrations.claim_links(one, [registration_id], interval=timedelta(hours=1)) == [registration_id]
    assert await registrations.claim_links(one, [registration_id], interval=timedelta(hours=1)) == []
    assert await registrations.claim_links(one, [registration_id], interval=timedelta(0)) == [registration_id]


async def test_two_that_wait_for_each_other_are_told_so(registration: Store, one: Any, other: Any) -> None:
    rooms = [await open_workshop(one), await open_workshop(one)]

    async def lock_both(connection: Any, order: list[UUID], met: asyncio.Barrier) -> None:
        async with connection.transaction():
            await workshops.lock_places(connection, order[0])
            await met.wait()
            await workshops.lock_places(connection, order[1])

    met = asyncio.Barrier(2)
    ends = await asyncio.gather(lock_both(one, rooms, met), lock_both(other, rooms[::-1], met), return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [asyncpg.DeadlockDetectedError]


async def test_a_savepoint_takes_back_its_part_alone(one: Any) -> None:
    workshop_id = await open_workshop(one)
    async with one.transaction():
        kept = await admit(one, workshop_id, 1, "a@example.org")
        savepoint = one.transaction()
        await savepoint.start()
        await admit(one, workshop_id, 2, "b@example.org")
        with pytest.raises(asyncpg.UniqueViolationError):
            await admit(one, workshop_id, 3, "a@example.org")
        await savepoint.rollback()
    assert (await registrations.find_known(one, workshop_id, ["a@example.org", "b@example.org"])).live == {"a@example.org": kept}


async def test_after_an_error_only_a_rollback_helps(one: Any) -> None:
    workshop_id = await open_workshop(one)
    transaction = one.transaction()
    await transaction.start()
    kept = await admit(one, workshop_id, 1, "a@example.org")
    with pytest.raises(asyncpg.UniqueViolationError):
        await admit(one, workshop_id, 2, "a@example.org")
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await registrations.find_workshop_id(one, kept)
    await transaction.rollback()
    assert await registrations.find_workshop_id(one, kept) is None
