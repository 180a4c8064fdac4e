"""Reminders as wall-clock promises: planned, moved, revived, sent late, or skipped with the reason."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.notifications import NotificationSkipped
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story

WEEK = ("reminder", "week-before:2023-10-24")
WEEK_MOVED = ("reminder", "week-before:2023-10-31")
DUE = datetime(2023, 10, 17, 7, tzinfo=UTC)


async def test_moving_there_and_back_sends_nothing_twice(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = await world.live(story)
    await world.work(DUE)
    assert (await world.messages(ana))[WEEK] == ("sent", None)
    story.now = DUE + timedelta(hours=1)
    there = story.move(7)
    heard = await world.live(story, heard=heard)
    messages = await world.messages(ana)
    assert messages[WEEK] == ("sent", None)
    assert messages[WEEK_MOVED] == ("planned", None)
    assert messages["reminder", "eve:2023-10-24"] == ("skipped", "superseded")
    skipped = [event for event in await world.published() if isinstance(event, NotificationSkipped)]
    assert {event.superseded_by for event in skipped} == {there}
    story.move(-7)
    await world.live(story, heard=heard)
    messages = await world.messages(ana)
    assert messages[WEEK] == ("sent", None)
    assert messages[WEEK_MOVED] == ("skipped", "superseded")
    assert messages["reminder", "eve:2023-10-24"] == ("planned", None)
    await world.work(datetime(2023, 10, 23, 15, tzinfo=UTC))
    assert world.purposes.count("reminder") == 2
    occurrences = [str(mail["X-Atelier-Occurrence"]) for mail in world.mail.taken if mail["X-Atelier-Purpose"] == "reminder"]
    assert occurrences == ["week-before:2023-10-24", "eve:2023-10-24"]


async def test_a_new_date_gets_a_new_reminder(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = await world.live(story)
    story.now = DUE - timedelta(days=1)
    story.move(7)
    await world.live(story, heard=heard)
    await world.work(DUE)
    assert "reminder" not in world.purposes
    await world.work(datetime(2023, 10, 24, 8, tzinfo=UTC))
    assert (await world.messages(ana))[WEEK_MOVED] == ("sent", None)
    assert (await world.messages(ana))[WEEK] == ("skipped", "superseded")


@pytest.mark.parametrize(("late", "fate"), [(timedelta(hours=5, minutes=59), ("sent", None)), (timedelta(hours=6), ("skipped", "past"))])
async def test_late_by_less_than_its_grace_it_is_sent(world: World, story: Story, late: timedelta, fate: tuple[str, str | None]) -> None:
    ana = story.person("Ana")
    await world.live(story)
    await world.work(DUE + late)
    assert (await world.messages(ana))[WEEK] == fate


async def test_a_changed_hour_of_the_same_date_moves_the_reminder(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = await world.live(story)
    rules = tuple(rule.model_copy(update={"at": rule.at.replace(hour=12)}) for rule in story.workshop.reminders)
    story.record_workshop(reminders=rules)
    await world.live(story, heard=heard)
    await world.work(DUE)
    assert (await world.messages(ana))[WEEK] == ("planned", None)
    await world.work(DUE + timedelta(hours=3))
    assert (await world.messages(ana))[WEEK] == ("sent", None)


async def test_a_rule_taken_away_takes_its_plans_along(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = await world.live(story)
    story.record_workshop(reminders=())
    await world.live(story, heard=heard)
    assert {purpose for purpose, _ in await world.messages(ana)} == {"confirmation"}


async def test_who_moves_up_late_gets_what_is_still_to_come(world: World, story: Story) -> None:
    dea = story.person("Деа", waiting=True)
    heard = await world.live(story)
    assert [purpose for purpose, _ in await world.messages(dea)] == ["waiting"]
    story.now = DUE + timedelta(days=1)
    story.promote(dea)
    await world.live(story, heard=heard)
    messages = await world.messages(dea)
    assert messages[WEEK] == ("skipped", "past")
    assert messages["reminder", "eve:2023-10-24"] == ("planned", None)


async def test_a_late_reminder_follows_the_mail_that_is_due_before_it(world: World, story: Story) -> None:
    story.now = DUE + timedelta(hours=1)
    story.person("Ana")
    await world.live(story)
    assert world.purposes == ["confirmation", "reminder"]


async def test_nothing_is_reminded_of_while_the_new_dates_are_not_known(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = await world.live(story)
    story.now = DUE - timedelta(minutes=5)
    story.move(7)
    record, fact = story.told[heard:]
    await world.hear([fact])
    await world.work(DUE)
    assert (await world.messages(ana))[WEEK] == ("planned", None)
    assert (await world.due()).count == 0
    await world.hear([record])
    await world.work()
    assert (await world.messages(ana))[WEEK] == ("skipped", "superseded")
    assert world.purposes == ["confirmation", "rescheduled"]


@pytest.mark.parametrize(("change", "mails"), [("move", ["confirmation", "rescheduled"]), ("cancel", ["cancelled"])])
async def test_no_confirmation_leaves_between_a_change_and_the_record_of_it(
    world: World, story: Story, change: str, mails: list[str]
) -> None:
    story.person("Ana")
    await world.hear(story.told)
    heard = len(story.told)
    story.move(7) if change == "move" else story.cancel()
    record, fact = story.told[heard:]
    await world.hear([fact])
    await world.work()
    assert world.purposes == []
    await world.hear([record])
    await world.work()
    assert world.purposes == mails


async def test_no_reminder_leaves_before_its_plan_follows_the_workshop(world: World, story: Story) -> None:
    story.person("Ana")
    story.person("Бојан")
    heard = await world.live(story)
    story.record_workshop(reminders=())
    await world.hear(story.told[heard:])
    world.clock.at, sender = DUE, world.sender()
    assert not await sender.run(), "the agenda is older than the record"
    world.settings = world.settings.model_copy(update={"plan_chunk": 1})
    assert await world.planner.plan()
    assert not await sender.run(), "one of the two still has the older plan"
    await world.work()
    assert world.purposes == ["confirmation"] * 2


async def test_nothing_leaves_for_a_cancelled_workshop_before_its_fact_is_here(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = await world.live(story)
    story.now = DUE - timedelta(minutes=5)
    cancelled = story.cancel()
    record, fact = story.told[heard:]
    await world.hear([record])
    await world.work(DUE)
    assert (await world.messages(ana))[WEEK] == ("planned", None)
    await world.hear([fact])
    await world.work()
    assert (await world.messages(ana))[WEEK] == ("skipped", "cancelled")
    assert {event.superseded_by for event in await world.published() if isinstance(event, NotificationSkipped)} == {cancelled}


async def test_plans_are_made_in_portions(world: World, story: Story) -> None:
    for number in range(25):
        story.person(f"P{number}")
    await world.hear(story.told)
    world.settings = world.settings.model_copy(update={"plan_chunk": 10})
    await world.plan()
    assert await world.pool.fetchval("SELECT count(*) FROM messages WHERE purpose = 'reminder'") == 75
    story.move(7)
    await world.hear(story.told[-2:])
    await world.plan()
    counts = await world.pool.fetch("SELECT state, count(*) FROM messages WHERE purpose = 'reminder' GROUP BY state ORDER BY state")
    assert [tuple(row) for row in counts] == [("planned", 75), ("skipped", 75)]
