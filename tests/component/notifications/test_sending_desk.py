"""The desk: those who wait together share a transaction, who cannot be written spoils nobody else, and nobody waits in vain."""

import asyncio
import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.notifications.delivery import sending_desk
from services.notifications.delivery.sending_desk import SendingDesk
from services.notifications.domain.outgoing import Outgoing
from services.notifications.storage.claims import Claim
from services.notifications.use_cases.begin_sending import Begin, Beginning
from services.notifications.use_cases.claim_messages import claim_messages
from services.notifications.use_cases.record_outcomes import Failed, Outcome, Postponed, Sent
from shared.contracts.notifications import NotificationFailed, NotificationSent
from shared.runtime.telemetry import correlated
from shared.runtime.waiting import Backoff
from tests.component.notifications.conftest import World
from tests.component.notifications.leases import states
from tests.component.notifications.story import Story
from tests.waiting import eventually

PEOPLE = ("Ana", "Bojan", "Goran", "Đorđe")


@pytest.fixture
async def claimed(world: World, story: Story) -> Sequence[Outgoing]:
    """A confirmation each, claimed."""
    for name in PEOPLE:
        story.person(name)
    await world.hear(story.told)
    await world.plan()
    async with world.pool.acquire() as connection, connection.transaction():
        messages, _ = await claim_messages(connection, limit=10, lease_seconds=60, mail_domain="example.org", now=world.clock.at)
    return messages


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> SendingDesk:
    monkeypatch.setattr(sending_desk, "Backoff", lambda **_waits: Backoff(first=0.01, longest=0.01))
    return SendingDesk(world.settings, pool=world.pool, clock=world.clock)


def beginning(message: Outgoing) -> Beginning:
    return Beginning(Claim(message.message_id, message.fence), message.basis, "en")


async def transactions(world: World) -> int:
    """In how many the messages got their present state: rows of one transaction share their xmin."""
    count: int = await world.pool.fetchval("SELECT count(DISTINCT xmin::text) FROM messages WHERE purpose = 'confirmation'")
    return count


async def test_those_who_begin_together_share_a_transaction(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    begun = await asyncio.gather(*(desk.begin(beginning(message)) for message in claimed))
    assert begun == [Begin.SEND] * len(PEOPLE)
    assert sorted(await states(world)) == ["sending"] * len(PEOPLE)
    assert await transactions(world) == 1


async def test_of_two_who_claimed_the_same_message_one_begins_it(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    first = claimed[0]
    await world.pool.execute("UPDATE messages SET fence = fence + 1 WHERE message_id = $1", first.message_id)
    lost, held = beginning(first), beginning(dataclasses.replace(first, fence=first.fence + 1))
    assert await asyncio.gather(desk.begin(lost), desk.begin(held)) == [Begin.LOST, Begin.SEND]
    assert await transactions(world) == 2, "that of both, and that of the claims, of which three are left"


async def test_what_was_recorded_before_is_written_when_something_is_begun(
    world: World, claimed: Sequence[Outgoing], desk: SendingDesk
) -> None:
    first, second, *_ = claimed
    await desk.begin(beginning(first))
    with correlated("of the first"):
        recorded = desk.record(Sent(Claim(first.message_id, first.fence), world.clock.at))
    assert await desk.begin(beginning(second)) is Begin.SEND
    assert recorded.done()
    assert sorted(await states(world)) == ["claimed", "claimed", "sending", "sent"]
    correlations = await world.pool.fetch("SELECT correlation_id FROM outbox WHERE type = $1", NotificationSent.type)
    assert [row["correlation_id"] for row in correlations] == ["of the first"]


async def test_outcomes_of_all_kinds_are_written_together(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    claims = [Claim(message.message_id, message.fence) for message in claimed]
    await asyncio.gather(*(desk.begin(beginning(message)) for message in claimed[:2]))
    outcomes = [Sent(claims[0], world.clock.at), Failed(claims[1], "554: the mail server refused the text"), Postponed(claims[2], 60.0)]
    await asyncio.gather(*(desk.record(outcome) for outcome in outcomes))
    assert sorted(await states(world)) == ["claimed", "failed", "planned", "sent"]
    assert await transactions(world) == 2, "that of the outcomes, and that of the claims, of which one is left"
    told = [type(event) for event in await world.published() if isinstance(event, NotificationSent | NotificationFailed)]
    assert told == [NotificationSent, NotificationFailed]


async def test_one_that_cannot_be_written_spoils_nobody_elses(
    world: World, claimed: Sequence[Outgoing], desk: SendingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = sending_desk.record_outcomes, 0

    async def fail(connection: Any, outcomes: Sequence[Outcome], **more: Any) -> Any:
        nonlocal tried
        if any(isinstance(outcome, Failed) for outcome in outcomes):
            tried += 1
            raise RuntimeError("a mistake of ours")
        return await real(connection, outcomes, **more)

    first, second, third, _ = claimed
    await asyncio.gather(desk.begin(beginning(first)), desk.begin(beginning(second)))
    monkeypatch.setattr(sending_desk, "record_outcomes", fail)
    sent = desk.record(Sent(Claim(first.message_id, first.fence), world.clock.at))
    spoilt = desk.record(Failed(Claim(second.message_id, second.fence), "554: the mail server refused the text"))
    begun = await asyncio.gather(desk.begin(beginning(third)), sent, spoilt, return_exceptions=True)
    assert begun[:2] == [Begin.SEND, None]
    assert isinstance(begun[2], RuntimeError)
    assert tried > sending_desk.UNFORESEEN, "with others, and alone until it was given up"
    assert sorted(await states(world)) == ["claimed", "sending", "sending", "sent"]
    monkeypatch.setattr(sending_desk, "record_outcomes", real)
    await desk.record(Failed(Claim(second.message_id, second.fence), "554: the mail server refused the text"))
    assert sorted(await states(world)) == ["claimed", "failed", "sending", "sent"]


async def test_what_is_begun_while_the_database_is_away_fails_and_what_is_known_is_kept(
    world: World, claimed: Sequence[Outgoing], desk: SendingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, away = sending_desk.record_outcomes, [asyncpg.ConnectionDoesNotExistError("away")] * 3

    async def record_in_vain(connection: Any, outcomes: Sequence[Outcome], **more: Any) -> Any:
        if outcomes and away:
            raise away.pop()
        return await real(connection, outcomes, **more)

    monkeypatch.setattr(sending_desk, "record_outcomes", record_in_vain)
    first, second, *_ = claimed
    await desk.begin(beginning(first))
    sent = desk.record(Sent(Claim(first.message_id, first.fence), world.clock.at))
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await desk.begin(beginning(second))
    assert not sent.done()
    await sent
    assert away == []
    assert sorted(await states(world)) == ["claimed", "claimed", "claimed", "sent"]


async def test_whoever_waits_ends_with_the_desk(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE messages")
        begun = asyncio.create_task(desk.begin(beginning(claimed[0])))
        await asyncio.sleep(0)
        assert desk._task is not None
        desk._task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await begun


async def test_what_somebody_has_locked_holds_up_nobody_else(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    locked, free, sent, _ = claimed
    await desk.begin(beginning(sent))
    async with world.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM registrations WHERE registration_id = $1 FOR UPDATE", locked.registration_id)
        waits = asyncio.create_task(desk.begin(beginning(locked)))
        recorded = desk.record(Sent(Claim(sent.message_id, sent.fence), world.clock.at))
        assert await desk.begin(beginning(free)) is Begin.SEND
        await recorded
        assert not waits.done()
    assert await waits is Begin.SEND


async def test_a_locked_message_is_settled_once_it_is_free(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    """In whatever order others lock: the desk waits for no lock, so nobody waits in a circle."""
    first, second, *_ = claimed
    await asyncio.gather(desk.begin(beginning(first)), desk.begin(beginning(second)))
    async with world.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM messages WHERE message_id = $1 FOR UPDATE", first.message_id)
        recorded = [desk.record(Sent(Claim(one.message_id, one.fence), world.clock.at)) for one in (second, first)]
        await recorded[0]
        await other.execute("SELECT FROM messages WHERE message_id = $1 FOR UPDATE", second.message_id)
        assert not recorded[1].done()
    await recorded[1]
    assert sorted(await states(world)) == ["claimed", "claimed", "sent", "sent"]


async def test_what_is_to_come_after_an_outcome_waits_for_it(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    first, second, *_ = claimed
    await desk.begin(beginning(first))
    async with world.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM messages WHERE message_id = $1 FOR UPDATE", first.message_id)
        recorded = desk.record(Sent(Claim(first.message_id, first.fence), world.clock.at))
        waits = asyncio.create_task(desk.begin(beginning(second), after=[recorded]))
        for other_message in claimed[2:]:  # one after the other, so that it has been in a group with the last
            assert await desk.begin(beginning(other_message)) is Begin.SEND
        assert not waits.done()
    assert await waits is Begin.SEND
    assert recorded.done()


async def test_what_is_judged_is_judged_after_the_wait(world: World, story: Story, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    async with world.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM registrations FOR UPDATE")
        waits = asyncio.create_task(desk.begin(beginning(claimed[0])))
        await asyncio.sleep(0)
        await other.execute("UPDATE participants SET version = version + 1")
    assert await waits is Begin.RELEASED


async def test_a_sent_mail_carries_the_time_of_its_answer(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    first, answered = claimed[0], world.clock.at
    await desk.begin(beginning(first))
    world.clock.at = answered + timedelta(minutes=40)
    await desk.record(Sent(Claim(first.message_id, first.fence), answered))
    [told] = [event for event in await world.published() if isinstance(event, NotificationSent)]
    assert told.sent_at == answered
    assert await world.pool.fetchval("SELECT settled_at FROM messages WHERE state = 'sent'") == answered


async def test_whoever_gives_up_waiting_leaves_nothing_marked(world: World, claimed: Sequence[Outgoing], desk: SendingDesk) -> None:
    async with world.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM registrations FOR UPDATE")
        waits = asyncio.create_task(desk.begin(beginning(claimed[0])))
        await asyncio.sleep(0)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
    await eventually(lambda: desk._task is None, what="nothing is left in line")
    assert sorted(await states(world)) == ["claimed", "claimed", "claimed", "planned"]
