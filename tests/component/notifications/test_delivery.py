"""Delivery: one at a time for each registration, nothing twice, and the one open window shown instead of guessed."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.notifications.delivery.sender import Sender
from services.notifications.domain.message import SkipReason
from services.notifications.storage.claims import Claim
from services.notifications.use_cases.begin_sending import Begin, Beginning, begin_sending
from services.notifications.use_cases.claim_messages import claim_messages
from services.notifications.use_cases.record_outcomes import Sent, record_outcomes
from shared.contracts.notifications import NotificationFailed, NotificationSkipped, NotificationUncertain
from shared.runtime.waiting import Backoff, Stop
from tests.component.notifications.conftest import World
from tests.component.notifications.leases import let_leases_expire, states
from tests.component.notifications.story import Story
from tests.waiting import eventually


async def test_several_senders_send_each_message_once_and_in_order(world: World, story: Story) -> None:
    people = [story.person(f"P{number}", waiting=True) for number in range(12)]
    for person in people:
        story.promote(person)
        story.ask_for_link(person)
    first = [told for told in story.told if b"waitlisted" in (told[1].value or b"") or told[0].name != "registrations"]
    await world.hear(first)
    await world.plan()
    world.mail.answer_allowed.clear()
    prefetch = world.prefetch()
    senders = [world.sender(prefetch) for _ in range(6)]
    running = [asyncio.create_task(_run_until_idle(sender)) for sender in senders]
    await eventually(lambda: world.mail.most_at_once >= 2, what="two connections in use")
    await world.hear([told for told in story.told if told not in first])
    world.mail.answer_allowed.set()
    await asyncio.gather(*running)
    await world.work()

    for person in people:
        mails = [str(mail["X-Atelier-Purpose"]) for mail in world.mail.taken if mail["X-Atelier-Registration"] == str(person)]
        assert mails in (["waiting", "promotion", "link"], ["promotion", "link"])
    assert len({str(mail["Message-ID"]) for mail in world.mail.taken}) == len(world.mail.taken)
    assert 2 <= world.mail.most_at_once <= 6


async def _run_until_idle(sender: Sender) -> None:
    while await sender.run():
        pass


async def test_a_claim_takes_no_more_than_its_limit(world: World, story: Story) -> None:
    for number in range(12):
        story.person(f"P{number}")
    await world.hear(story.told)
    async with world.pool.acquire() as connection, connection.transaction():
        claimed, _ = await claim_messages(connection, limit=4, lease_seconds=60, mail_domain="example.org", now=world.clock.at)
    assert len(claimed) == 4
    assert (await states(world)).count("claimed") == 4


async def test_never_two_messages_of_one_registration_at_once(world: World, story: Story) -> None:
    ana = story.person("Ana")
    story.ask_for_link(ana)
    await world.hear(story.told)
    await world.plan()
    world.mail.answer_allowed.clear()
    first = asyncio.create_task(world.sender().run())
    await world.mail.text_arrived.wait()
    assert await world.sender().run() is False
    assert (await world.messages(ana))[next(key for key in await world.messages(ana) if key[0] == "link")] == ("planned", None)
    world.mail.answer_allowed.set()
    await first
    await world.work()
    assert world.purposes == ["confirmation", "link"]


async def test_what_follows_a_link_after_a_clock_was_set_back_does_not_overtake_it(world: World, story: Story) -> None:
    ana = story.person("Ana", waiting=True)
    story.ask_for_link(ana)
    asked_at = story.now
    story.now -= timedelta(hours=1)
    story.promote(ana)
    await world.hear(story.told)
    await world.work(asked_at)
    assert world.purposes[-2:] == ["link", "promotion"]


async def test_a_worker_that_dies_between_claim_and_sending_costs_nothing(world: World, story: Story) -> None:
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    async with world.pool.acquire() as connection, connection.transaction():
        (claimed,), _ = await claim_messages(connection, limit=1, lease_seconds=60, mail_domain="example.org", now=world.clock.at)
    await world.work()
    assert await states(world) == ["claimed"]
    assert (await world.due()).count == 1
    await let_leases_expire(world)
    await world.planner.recover()
    await world.work()
    assert await states(world) == ["sent"]
    # The first holder wakes up: its fence is stale, so it sends nothing.
    async with world.pool.acquire() as connection, connection.transaction():
        beginning = Beginning(Claim(claimed.message_id, claimed.fence), claimed.basis, "en")
        begun, _ = await begin_sending(connection, [beginning], lease_seconds=60, now=world.clock.at)
    assert begun == [Begin.LOST]
    assert world.purposes == ["confirmation"]


async def test_a_stale_holder_cannot_settle_what_the_next_holder_sends(world: World, story: Story) -> None:
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    async with world.pool.acquire() as connection, connection.transaction():
        (claimed,), _ = await claim_messages(connection, limit=1, lease_seconds=60, mail_domain="example.org", now=world.clock.at)
    await let_leases_expire(world)
    await world.planner.recover()
    world.mail.answer_allowed.clear()
    second = asyncio.create_task(world.sender().run())
    await world.mail.text_arrived.wait()
    assert await states(world) == ["sending"]
    async with world.pool.acquire() as connection, connection.transaction():
        stale = Sent(Claim(claimed.message_id, claimed.fence), world.clock.at)
        assert await record_outcomes(connection, [stale], now=world.clock.at) == []
    assert await states(world) == ["sending"]
    world.mail.answer_allowed.set()
    await second
    assert await states(world) == ["sent"]


async def test_a_sender_that_is_told_to_stop_finishes_its_message_and_gives_the_others_back(world: World, story: Story) -> None:
    for number in range(5):
        story.person(f"P{number}")
    await world.hear(story.told)
    await world.plan()
    world.mail.answer_allowed.clear()
    stop = Stop()
    running = asyncio.create_task(world.sender(world.prefetch(stop)).run())
    await world.mail.text_arrived.wait()
    assert sorted(await states(world)) == ["claimed"] * 4 + ["sending"]
    stop.request()
    world.mail.answer_allowed.set()
    assert await running is True
    assert sorted(await states(world)) == ["planned"] * 4 + ["sent"]
    await world.work()
    assert await states(world) == ["sent"] * 5


async def test_a_sender_whose_connection_fails_puts_off_its_own_message_alone_and_rests(world: World, story: Story) -> None:
    for number in range(5):
        story.person(f"P{number}")
    await world.hear(story.told)
    await world.plan()
    prefetch = world.prefetch()
    away = world.sender(prefetch, smtp_port=1)
    away._backoff = Backoff(first=600, longest=600)
    assert await away.run() is False
    assert await states(world) == ["planned"] * 5
    waiting = "SELECT count(*) FROM messages WHERE not_before > clock_timestamp()"
    assert await world.pool.fetchval(waiting) == 1
    assert await away.run() is False
    assert await world.pool.fetchval("SELECT max(fence) FROM messages") == 2, "claimed once and given back once"
    assert await world.sender(prefetch).run() is True
    assert sorted(await states(world)) == ["planned"] + ["sent"] * 4


async def test_what_a_failing_sender_had_not_begun_is_given_back(world: World, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        story.person(f"P{number}")
    await world.hear(story.told)
    await world.plan()

    async def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Sender, "_send", fail)
    with pytest.raises(ZeroDivisionError):
        await world.sender().run()
    assert sorted(await states(world)) == ["claimed"] + ["planned"] * 4


async def test_sending_is_committed_before_the_text_leaves(world: World, story: Story) -> None:
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    world.mail.answer_allowed.clear()
    running = asyncio.create_task(world.sender().run())
    await world.mail.text_arrived.wait()
    assert await states(world) == ["sending"]
    world.mail.answer_allowed.set()
    await running
    assert await states(world) == ["sent"]


@pytest.mark.parametrize("death", ["cut connection", "dead worker"])
async def test_no_answer_after_the_text_is_uncertain_and_not_sent_again(world: World, story: Story, death: str) -> None:
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    if death == "cut connection":
        world.mail.cut_at = "dot"
        await world.work()
    else:
        world.mail.answer_allowed.clear()
        running = asyncio.create_task(world.sender().run())
        await world.mail.text_arrived.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await states(world) == ["sending"]
        await let_leases_expire(world)
        await world.planner.recover()
        world.mail.answer_allowed.set()
    await eventually(lambda: world.mail.taken or world.mail.swallowed, what="the server has the text")
    world.mail.taken.clear()
    assert await states(world) == ["uncertain"]
    world.mail.cut_at = None
    await world.planner.recover()
    await world.work(world.clock.at + timedelta(days=1))
    assert await states(world) == ["uncertain"]
    assert world.purposes == []
    (uncertain,) = [event for event in await world.published() if isinstance(event, NotificationUncertain)]
    assert uncertain.message_id.endswith("@example.org>")


async def test_an_uncertain_message_does_not_hold_up_the_next(world: World, story: Story) -> None:
    ana = story.person("Ana")
    world.mail.cut_at = "dot"
    heard = await world.live(story)
    world.mail.cut_at = None
    story.ask_for_link(ana)
    await world.live(story, heard=heard)
    assert world.purposes == ["link"]


async def test_a_link_asked_for_after_a_clock_was_set_back_follows_the_earlier_facts_mail(world: World, story: Story) -> None:
    ana = story.person("Ana")
    confirmed_at = story.now
    story.now -= timedelta(hours=1)
    story.ask_for_link(ana)
    await world.hear(story.told)
    await world.work(confirmed_at)
    assert world.purposes == ["confirmation", "link"]


async def test_a_connection_lost_before_the_text_is_asked_for_is_simply_tried_again(world: World, story: Story) -> None:
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    world.mail.cut_at = "DATA"
    await world.sender().run()
    # The mark was committed already, yet nothing was handed over: the sender itself knows, and takes it back.
    assert await states(world) == ["planned"]
    world.mail.cut_at = None
    await let_leases_expire(world)
    await world.work()
    assert world.purposes == ["confirmation"]


async def test_a_mail_server_that_is_away_is_waited_for(world: World, story: Story) -> None:
    ana = story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    away = world.sender(smtp_port=1)
    assert await away.run() is False
    assert await states(world) == ["planned"]
    assert await world.pool.fetchval("SELECT attempts FROM messages WHERE purpose = 'confirmation'") == 0
    assert (await world.due()).count == 1
    await let_leases_expire(world)
    await world.work()
    assert world.mail.recipients == [f"{ana}@example.org"]


async def test_a_temporary_refusal_is_tried_again_and_a_permanent_one_fails(world: World, story: Story) -> None:
    ana, bojan, cveta = story.person("Ana"), story.person("Бојан"), story.person("Цвета")
    answers = {f"{ana}@example.org": "450 try later", f"{bojan}@example.org": f"550 no such user {bojan}@example.org"}
    world.mail.refuse_recipient = answers.get
    await world.live(story)
    assert world.mail.recipients == [f"{cveta}@example.org"]
    row = await world.pool.fetchrow(
        "SELECT state, attempts, not_before > clock_timestamp() FROM messages WHERE purpose = 'confirmation' AND registration_id = $1",
        ana,
    )
    assert tuple(row) == ("planned", 1, True)
    (failed,) = [event for event in await world.published() if isinstance(event, NotificationFailed)]
    assert failed.registration_id == bojan
    assert failed.reason == "550: the mail server refused the recipient"

    answers.clear()
    await let_leases_expire(world)
    await world.work()
    assert world.mail.recipients == [f"{cveta}@example.org", f"{ana}@example.org"]


async def test_a_refused_text_is_no_open_window(world: World, story: Story) -> None:
    story.person("Ana")
    world.mail.answer_text = lambda _mail: "451 not now"
    await world.live(story)
    assert await states(world) == ["planned"]
    await let_leases_expire(world)
    world.mail.answer_text = lambda _mail: "554 never"
    await world.work()
    assert await states(world) == ["failed"]


async def test_tries_end_after_the_last_attempt(world: World, story: Story) -> None:
    story.person("Ana")
    world.mail.refuse_recipient = lambda _address: "450 try later"
    await world.hear(story.told)
    await world.plan()
    for _ in range(3):
        await let_leases_expire(world)
        await world.sender(retry_attempts=3).run()
    assert await states(world) == ["failed"]


async def test_truth_is_judged_after_the_claim(world: World, story: Story) -> None:
    ana = story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    heard = len(story.told)
    withdrawn = story.withdraw(ana)

    class Slow(Sender):
        async def _begin(self, *arguments: object) -> Begin:
            await world.hear(story.told[heard:])
            return await super()._begin(*arguments)  # type: ignore[arg-type]  # passed through

    sender = world.sender()
    sender.__class__ = Slow
    await sender.run()
    assert world.purposes == ["withdrawal"]
    (skipped,) = [event for event in await world.published() if isinstance(event, NotificationSkipped) and event.purpose == "confirmation"]
    assert (skipped.reason, skipped.superseded_by) == (SkipReason.WITHDRAWN, withdrawn)


async def test_a_text_from_an_older_record_is_made_again(world: World, story: Story) -> None:
    ana = story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    heard = len(story.told)
    story.participant("Анa", ana, version=2)

    class Slow(Sender):
        async def _begin(self, *arguments: object) -> Begin:
            await world.hear(story.told[heard:])
            return await super()._begin(*arguments)  # type: ignore[arg-type]  # passed through

    sender = world.sender()
    sender.__class__ = Slow
    await sender.run()
    (mail,) = world.mail.taken
    assert "Анa Example" in str(mail["To"])


async def test_an_idle_connection_that_was_closed_is_opened_again(world: World, story: Story) -> None:
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    sender = world.sender()
    await sender.run()
    connection = sender._connection._smtp
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()
    heard = len(story.told)
    story.person("Бојан")
    await world.hear(story.told[heard:])
    await sender.run()
    assert world.purposes == ["confirmation", "confirmation"]


async def test_due_counts_what_can_be_done_and_nothing_else(world: World, story: Story) -> None:
    ana: UUID = story.person("Ana")
    await world.hear(story.told)
    assert (await world.due()).count > 0
    await world.work(story.now)
    due = await world.due()
    assert due.count == 0
    assert due.next is not None
    assert due.next.isoformat() == "2023-10-17T07:00:00+00:00"
    world.clock.at = due.next
    assert (await world.due()).count == 1
    await world.work()
    assert world.purposes == ["confirmation", "reminder"]
    assert (await world.messages(ana))["reminder", "week-before:2023-10-24"] == ("sent", None)
    assert (await world.due()).next.isoformat() == "2023-10-23T15:00:00+00:00"  # type: ignore[union-attr]  # there is one
