"""From facts to mails: each fact is mailed once, in order, to the right person, in the right words."""

from datetime import timedelta

from shared.contracts.catalogue import decode
from shared.contracts.notifications import NotificationsActed, NotificationSent
from shared.contracts.registrations import CertificateShared, CertificateSharingEnded
from tests.component.notifications.conftest import World
from tests.component.notifications.story import WORKSHOP_ID, Story, correlation_of


async def test_a_confirmation_is_mailed_with_its_calendar_and_told(world: World, story: Story) -> None:
    nino = story.person("ნინო")
    await world.live(story)

    (mail,) = world.mail.taken
    assert world.mail.recipients == [f"{nino}@example.org"]
    assert mail["X-Atelier-Purpose"] == "confirmation"
    assert mail["X-Atelier-Registration"] == str(nino)
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["text/calendar"]
    (sent,) = [event for event in await world.published() if isinstance(event, NotificationSent)]
    assert (sent.purpose, sent.language, sent.message_id) == ("confirmation", "en", str(mail["Message-ID"]))
    assert sent.registration_id == nino


async def test_messages_of_a_registration_follow_its_facts(world: World, story: Story) -> None:
    ana = story.person("Ana", waiting=True)
    heard = await world.live(story)
    story.promote(ana)
    story.ask_for_link(ana)
    heard = await world.live(story, heard=heard)
    story.issue(ana)
    heard = await world.live(story, heard=heard)
    story.revoke(ana)
    story.withdraw(ana)
    await world.live(story, heard=heard)

    assert world.purposes == ["waiting", "promotion", "link", "certificate", "certificate_revoked", "withdrawal"]
    assert (await world.due()).count == 0


async def test_that_a_certificate_is_shared_concerns_no_mail(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = await world.live(story)
    before = (world.purposes, await world.published())
    about = {"registration_id": ana, "workshop_id": WORKSHOP_ID}
    story.tell(CertificateShared(**about, share_token="a-token-of-128-bits-xxx"))
    story.tell(CertificateSharingEnded(**about))
    await world.live(story, heard=heard)
    assert (world.purposes, await world.published()) == before
    assert await world.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
    assert "a-token-of-128-bits-xxx" not in repr(await world.pool.fetch("SELECT * FROM inbox"))


async def test_what_was_overtaken_is_skipped_and_says_by_what(world: World, story: Story) -> None:
    ana = story.person("Ana", waiting=True)
    promoted = story.promote(ana)
    bojan = story.person("Бојан")
    withdrawn = story.withdraw(bojan)
    await world.live(story)

    assert sorted(world.purposes) == ["promotion", "withdrawal"]
    skipped = await world.pool.fetch(
        "SELECT purpose, skip_reason, superseded_by FROM messages WHERE state = 'skipped' AND purpose <> 'reminder' ORDER BY purpose"
    )
    assert [tuple(row) for row in skipped] == [("confirmation", "withdrawn", withdrawn), ("waiting", "superseded", promoted)]


async def test_a_message_waits_for_participant_and_workshop(world: World) -> None:
    story = Story()
    story.open()
    story.person("Ana")
    opened, participant, confirmed = story.told[:2], story.told[2:3], story.told[3:]

    await world.hear(confirmed)
    await world.work(story.now)
    assert (await world.due()).count == 0
    await world.hear(participant)
    await world.work()
    assert world.mail.taken == []
    await world.hear(opened)
    assert (await world.due()).count > 0
    await world.work()
    assert world.purposes == ["confirmation"]


async def test_what_organisers_trigger_reaches_those_it_is_for(world: World, story: Story) -> None:
    ana, bojan, cveta = story.person("Ana"), story.person("Бојан", waiting=True), story.person("Цвета")
    story.withdraw(cveta)
    heard = await world.live(story)
    world.mail.taken.clear()
    for trigger in (story.remind, story.announce, lambda: story.move(7), story.cancel):
        trigger()
        heard = await world.live(story, heard=heard)

    sent_to = {
        registration: [m["X-Atelier-Purpose"] for m in world.mail.taken if m["X-Atelier-Registration"] == str(registration)]
        for registration in (ana, bojan, cveta)
    }
    assert sent_to == {
        ana: ["reminder_now", "announcement", "rescheduled", "cancelled"],
        bojan: ["rescheduled", "cancelled"],
        cveta: [],
    }
    reminders = [fate for (purpose, _), fate in (await world.messages(ana)).items() if purpose == "reminder"]
    assert set(reminders) == {("skipped", "cancelled"), ("skipped", "superseded")}


async def test_who_joins_later_is_not_told_of_what_was_before(world: World, story: Story) -> None:
    story.announce()
    ana = story.person("Ana")
    await world.live(story)
    assert {purpose for purpose, _ in await world.messages(ana)} == {"confirmation", "reminder"}


async def test_every_fact_that_asks_for_it_gets_one_receipt(world: World, story: Story) -> None:
    ana = story.person("Ana")
    bojan = story.person("Бојан")
    facts = {story.told[1][1].offset: "workshop.opened.v1"}
    announced, withdrawn, erased = story.announce(), story.withdraw(ana), None
    erased = story.erase(bojan)
    await world.live(story)
    receipts = {event.fact_id: event for event in await world.published() if isinstance(event, NotificationsActed)}
    assert {receipt.fact_type for receipt in receipts.values()} == {
        "workshop.opened.v1",
        "workshop.announced.v1",
        "registration.withdrawn.v1",
        "registration.erased.v1",
    }
    assert receipts[withdrawn].registration_id == ana
    assert receipts[withdrawn].effects["messages_skipped"] >= 3
    assert {announced, withdrawn, erased} < set(receipts)
    assert len(facts) == 1
    assert len(receipts) == len([event for event in await world.published() if isinstance(event, NotificationsActed)])


async def test_a_follow_up_goes_to_those_who_attended(world: World, story: Story) -> None:
    ana, bojan = story.person("Ana"), story.person("Бојан")
    heard = await world.live(story)
    story.attend(ana)
    story.attend(bojan)
    story.attend(bojan, present=False)
    story.complete()
    await world.live(story, heard=heard)
    due = await world.due()
    while due.next is not None:
        await world.work(due.next + timedelta(milliseconds=1))
        due = await world.due()
    key = ("reminder", "follow-up:2023-10-26")
    assert (await world.messages(ana))[key] == ("sent", None)
    assert (await world.messages(bojan))[key] == ("skipped", "not_attended")
    assert (await world.messages(ana))["reminder", "eve:2023-10-24"] == ("skipped", "completed")


async def test_an_older_fact_that_arrives_late_adds_and_undoes_nothing(world: World, story: Story) -> None:
    ana = story.person("Ana")
    confirmed = story.told[-1]
    story.withdraw(ana)
    await world.hear([told for told in story.told if told is not confirmed])
    await world.plan()
    await world.hear([confirmed])
    await world.work(story.now)
    row = await world.pool.fetchrow("SELECT standing, confirmed_at IS NOT NULL AS was_confirmed FROM registrations")
    assert tuple(row) == ("withdrawn", True)
    assert world.purposes == ["withdrawal"]
    assert {fate for (purpose, _), fate in (await world.messages(ana)).items() if purpose != "withdrawal"} == {("skipped", "withdrawn")}


async def test_a_message_carries_the_correlation_id_of_what_caused_it(world: World, story: Story) -> None:
    ana = story.person("Ana")
    confirmed = story.told[-1][1]
    heard = await world.live(story)
    triggers = []
    for trigger in (story.remind, story.announce, lambda: story.move(7), story.cancel):
        triggers.append(trigger())
        heard = await world.live(story, heard=heard)

    rows = await world.pool.fetch("SELECT purpose, occurrence, correlation_id FROM messages WHERE registration_id = $1", ana)
    caused = {row["occurrence"]: row["correlation_id"] for row in rows if row["purpose"] != "reminder"}
    assert caused == {str(fact): correlation_of(fact) for fact in (decode(confirmed.value or b"")[0].id, *triggers)}
    assert {row["correlation_id"] for row in rows if row["purpose"] == "reminder"} == {None}
    sent = await world.pool.fetch("SELECT correlation_id FROM outbox WHERE type = $1", NotificationSent.type)
    assert sorted(row["correlation_id"] for row in sent) == sorted(caused.values())
