"""Claims, fences, leases and ends of messages, whoever keeps their rows."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications.domain.message import Purpose, Rank, SkipReason, Standing
from services.notifications.domain.outgoing import Present
from services.notifications.domain.truth import Skip
from services.notifications.storage import claims, erasure, outcomes, participants, planning, receipts, registrations, wake, workshops
from services.notifications.storage.claims import Claim
from services.notifications.storage.outgoing import load_outgoing, load_present
from services.notifications.storage.registrations import StandingFact
from shared.contracts.participants import ParticipantRecorded
from tests.contract.storage.stores import Store
from tests.unit.notifications.samples import NOW, WORKSHOP_ID, strasbourg


@pytest.fixture
async def notifications(new_store: Callable[[str], Awaitable[Store]]) -> Store:
    return await new_store("notifications")


@pytest.fixture
async def one(notifications: Store) -> Any:
    connection = await notifications.connect()
    await workshops.store_workshop(connection, strasbourg(), recorded_at=NOW)
    return connection


@pytest.fixture
async def other(notifications: Store) -> Any:
    return await notifications.connect()


async def person(connection: Any) -> UUID:
    registration_id = uuid4()
    record = ParticipantRecorded(
        registration_id=registration_id,
        workshop_id=WORKSHOP_ID,
        version=1,
        given_name="Ana",
        family_name="Anić",
        certificate_name="Ana Anić",
        address="ana@example.org",
        language="en",
        time_zone="Europe/Paris",
        personal_page="/my/ana",
    )
    await participants.store_participants(connection, [record])
    return registration_id


async def stand(connection: Any, registration_id: UUID, standing: Standing, sequence: int) -> UUID:
    fact = uuid4()
    told = StandingFact(registration_id, WORKSHOP_ID, standing, sequence, fact, NOW + timedelta(seconds=sequence))
    await registrations.store_standings(connection, [told])
    purpose = {Standing.CONFIRMED: Purpose.CONFIRMATION, Standing.WAITING: Purpose.WAITING, Standing.WITHDRAWN: Purpose.WITHDRAWAL}
    message = planning.FactMessage(
        registration_id=registration_id,
        workshop_id=WORKSHOP_ID,
        purpose=purpose[standing],
        occurrence=str(fact),
        rank=Rank.REGISTRATION,
        sequence=sequence,
        due_at=NOW + timedelta(seconds=sequence),
        correlation_id=None,
    )
    for _ in range(2):
        await planning.add_fact_messages(connection, [message])
    return fact


async def claim(connection: Any, *, lease: float = 60.0) -> list[Claim]:
    return await claims.claim(connection, limit=10, lease_seconds=lease, now=NOW)


async def send(connection: Any, held: Claim, *, lease: float = 60.0) -> None:
    assert await claims.hold(connection, [held])
    await claims.start_sending(connection, [held], ["en"], lease_seconds=lease)


async def test_the_first_message_of_each_registration_is_claimed_once(one: Any) -> None:
    people = [await person(one), await person(one)]
    facts = [await stand(one, registration_id, Standing.WAITING, 1) for registration_id in people]
    await stand(one, people[0], Standing.CONFIRMED, 2)
    claimed = await claim(one)
    loaded = await load_outgoing(one, [held.message_id for held in claimed])
    assert {(message.registration_id, message.occurrence) for message in loaded} == set(zip(people, map(str, facts), strict=True))
    assert {held.fence for held in claimed} == {1}
    assert await claim(one) == []


async def test_what_another_worker_is_claiming_is_passed_over(one: Any, other: Any) -> None:
    for _ in range(2):
        await stand(one, await person(one), Standing.CONFIRMED, 1)
    async with one.transaction():
        held = await claims.claim(one, limit=1, lease_seconds=60, now=NOW)
        [rest] = await claim(other)
        assert rest.message_id != held[0].message_id
    assert await claim(other) == []


async def test_nothing_is_claimed_for_whom_nobody_can_write_to(one: Any) -> None:
    await stand(one, uuid4(), Standing.CONFIRMED, 1)
    assert await claim(one) == []


async def test_a_claim_that_was_given_back_is_lost_to_its_holder(one: Any) -> None:
    registration_id = await person(one)
    await stand(one, registration_id, Standing.CONFIRMED, 1)
    [held] = await claim(one)
    await claims.release(one, [held])
    [newer] = await claim(one)
    assert (newer.message_id, newer.fence > held.fence) == (held.message_id, True)
    assert await claims.hold(one, [held]) == {}
    assert await claims.hold(one, [held, newer]) == {newer: registration_id}
    assert await outcomes.settle_failed(one, held, "554", now=NOW) == []


async def test_what_was_postponed_waits_in_real_time(one: Any) -> None:
    await stand(one, await person(one), Standing.CONFIRMED, 1)
    [held] = await claim(one)
    await claims.postpone(one, held, wait_seconds=3600)
    assert await claim(one) == []
    [message] = await load_outgoing(one, [held.message_id])
    assert message.attempts == 1


async def test_an_expired_claim_is_planned_again_and_an_expired_sending_is_uncertain(one: Any) -> None:
    await stand(one, await person(one), Standing.CONFIRMED, 1)
    [held] = await claim(one, lease=0)
    assert await outcomes.settle_abandoned(one, now=NOW) == []
    assert await claims.free_expired_claims(one) == 1
    [held] = await claim(one)
    await send(one, held, lease=0)
    assert await claims.free_expired_claims(one) == 0
    [fate] = await outcomes.settle_abandoned(one, now=NOW)
    assert (fate.message_id, fate.state, fate.language) == (held.message_id, "uncertain", "en")
    [late] = await outcomes.settle_sent(one, [(held, NOW + timedelta(minutes=1))])
    assert (late.state, late.settled_at) == ("sent", NOW + timedelta(minutes=1))


async def test_an_answer_counts_for_the_holder_alone(one: Any) -> None:
    await stand(one, await person(one), Standing.CONFIRMED, 1)
    [held] = await claim(one)
    assert await outcomes.settle_sent(one, [(held, NOW)]) == [], "it was not being sent"
    await send(one, held)
    assert await outcomes.settle_uncertain(one, Claim(held.message_id, held.fence + 1), now=NOW) == []
    assert await outcomes.settle_uncertain(one, held, now=NOW)
    assert await outcomes.settle_uncertain(one, held, now=NOW) == []


async def test_a_message_waits_for_the_one_before_it(one: Any) -> None:
    registration_id = await person(one)
    await stand(one, registration_id, Standing.WAITING, 1)
    fact = await stand(one, registration_id, Standing.CONFIRMED, 2)
    [first] = await claim(one)
    assert await claims.may_leave(one, [first.message_id]) == {first.message_id}
    [skipped] = await outcomes.settle_skipped(one, [(first, Skip(SkipReason.SUPERSEDED, fact))], now=NOW)
    assert (skipped.skip_reason, skipped.superseded_by) == ("superseded", fact)
    [second] = await claim(one)
    [message] = await load_outgoing(one, [second.message_id])
    assert (message.purpose, message.situation.standing) == (Purpose.CONFIRMATION, Standing.CONFIRMED)
    present = await load_present(one, [second.message_id, uuid4()])
    looked_at = {name: getattr(message, name) for name in ("purpose", "expires_at", "situation", "basis")}
    assert present == {second.message_id: Present(**looked_at)}
    assert await claims.lock_free(one, [first.message_id, second.message_id, uuid4()]) == set()


async def test_an_older_fact_undoes_nothing(one: Any) -> None:
    registration_id = await person(one)
    newest = await stand(one, registration_id, Standing.WITHDRAWN, 3)
    await stand(one, registration_id, Standing.CONFIRMED, 2)
    [first, *_] = await claim(one)
    [message] = await load_outgoing(one, [first.message_id])
    assert (message.situation.standing, message.situation.standing_fact) == (Standing.WITHDRAWN, newest)
    assert message.situation.ever_confirmed


async def test_erasure_ends_what_waits_and_what_comes_later(one: Any) -> None:
    registration_id = await person(one)
    fact = await stand(one, registration_id, Standing.CONFIRMED, 1)
    [held] = await claim(one)
    assert await erasure.find_erased(one, [registration_id]) == set()
    assert await erasure.remember_erased(one, registration_id)
    assert not await erasure.remember_erased(one, registration_id)
    assert await erasure.find_erased(one, [registration_id, uuid4()]) == {registration_id}
    assert await erasure.delete_traces(one, registration_id) == 2
    [fate] = await outcomes.settle_erased(one, registration_id, by=fact, now=NOW)
    assert (fate.skip_reason, fate.language) == ("erased", None)
    assert await claims.hold(one, [held]) == {}
    assert await claims.lock_free(one, [held.message_id]) == set(), "a registration that is gone is nobody's to lock"
    await stand(one, registration_id, Standing.WITHDRAWN, 2)
    [straggler] = await outcomes.settle_stragglers_of_erased(one, now=NOW)
    assert (straggler.purpose, straggler.state) == ("withdrawal", "skipped")


async def test_a_receipt_is_owed_once(one: Any) -> None:
    fact: Any = {"fact_id": uuid4(), "workshop_id": WORKSHOP_ID, "registration_id": None, "fact_type": "workshop.opened.v1"}
    assert await receipts.owe_receipt(one, **fact)
    assert not await receipts.owe_receipt(one, **fact)
    await receipts.settle_receipts(one, [fact["fact_id"]], now=NOW)
    await wake.wake(one, wake.MESSAGES, wake.PLANS)
    await wake.wake_for_following(one, [uuid4()], now=NOW)
