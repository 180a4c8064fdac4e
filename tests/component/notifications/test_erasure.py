"""Erasure is terminal: what is deleted, what stays, and what comes afterwards is ignored."""

import asyncio
from uuid import UUID

from shared.contracts.notifications import NotificationsActed, NotificationSkipped
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story


async def everything(world: World) -> str:
    """All that the database holds, as text. Outbox payloads are what waits for the relay; they hold ids only."""
    tables = await world.pool.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    found = []
    for table in tables:
        found += [str(dict(row)) for row in await world.pool.fetch(f'SELECT t::text FROM "{table["table_name"]}" t')]  # noqa: S608 - our own names
    return "\n".join(found)


async def traces(world: World, registration_id: UUID) -> list[str]:
    held = await everything(world)
    return [trace for trace in (f"{registration_id}@example.org", f"/my/{registration_id}", "Аспазија") if trace in held]


async def test_an_erased_person_leaves_only_an_id(world: World, story: Story) -> None:
    person = story.person("Аспазија")
    story.attend(person)
    story.issue(person)
    heard = await world.live(story)
    assert len(await traces(world, person)) == 3
    await world.pool.execute(
        """
        INSERT INTO dead_letters (topic, partition, record_offset, record_time, key, value, reason, recorded_at)
        VALUES ('participants', 0, 1, clock_timestamp(), $1, $2, 'test', clock_timestamp())
        """,
        person,
        "Аспазија".encode(),
    )
    story.withdraw(person, by="erasure")
    fact = story.erase(person)
    # The dead letter is in the way of World.hear's own check until the erasure has taken it.
    await world.hear(story.told[-2:-1])
    assert await traces(world, person) == [], "the fact alone is enough, the tombstone only cleans Kafka"
    await world.hear(story.told[-1:])
    await world.hear(story.told[heard:-2])
    await world.work(story.now)

    assert await traces(world, person) == []
    assert await world.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
    for table in ("registrations", "participants", "attendance", "certificates"):
        assert await world.pool.fetchval(f"SELECT count(*) FROM {table} WHERE registration_id = $1", person) == 0  # noqa: S608 - our own names
    assert await world.pool.fetchval("SELECT count(*) FROM erased WHERE registration_id = $1", person) == 1
    reminders = {fate for (purpose, _), fate in (await world.messages(person)).items() if purpose == "reminder"}
    assert reminders == {("skipped", "erased")}
    receipts = [event for event in await world.published() if isinstance(event, NotificationsActed) and event.fact_id == fact]
    assert [receipt.registration_id for receipt in receipts] == [person]
    assert receipts[0].effects["messages_skipped"] == 3


async def test_whatever_comes_afterwards_is_ignored(world: World, story: Story) -> None:
    person = story.person("Аспазија")
    await world.live(story)
    story.erase(person)
    await world.hear(story.told[-2:])
    heard = len(story.told)
    before = await world.messages(person)
    story.participant("Аспазија", person, version=9)
    story.ask_for_link(person)
    story.issue(person)
    story.revoke(person)
    story.announce()
    await world.live(story, heard=heard)
    assert await traces(world, person) == []
    assert await world.messages(person) == before
    assert world.purposes == ["confirmation"]


async def test_a_message_about_to_leave_is_stopped(world: World, story: Story) -> None:
    person = story.person("Аспазија")
    await world.hear(story.told)
    await world.plan()
    heard = len(story.told)
    story.erase(person)
    sender = world.sender()
    announce = sender._connection.announce

    async def erased_meanwhile(mail: object) -> None:
        await announce(mail)  # type: ignore[arg-type]  # passed through
        await world.hear(story.told[heard:])

    sender._connection.announce = erased_meanwhile  # type: ignore[assignment,method-assign]  # the moment between announcing and sending
    await sender.run()
    assert world.mail.taken == []
    (skipped,) = [event for event in await world.published() if isinstance(event, NotificationSkipped) and event.purpose == "confirmation"]
    assert skipped.reason == "erased"


async def test_erasure_waits_for_the_message_that_is_being_judged_and_then_forgets(world: World, story: Story) -> None:
    person = story.person("Аспазија")
    await world.hear(story.told)
    await world.plan()
    heard = len(story.told)
    story.erase(person)
    world.mail.answer_allowed.clear()
    running = asyncio.create_task(world.sender().run())
    await world.mail.text_arrived.wait()
    await world.hear(story.told[heard:])
    world.mail.answer_allowed.set()
    await running
    assert await traces(world, person) == []
    confirmation = next(fate for (purpose, _), fate in (await world.messages(person)).items() if purpose == "confirmation")
    assert confirmation == ("sent", None)


async def test_a_tombstone_alone_removes_the_record(world: World, story: Story) -> None:
    person = story.person("Аспазија")
    await world.hear(story.told)
    story.erase(person)
    await world.hear(story.told[-1:])
    assert await traces(world, person) == []
    await world.work(story.now)
    assert world.mail.taken == []
    await world.hear(story.told[-2:-1])
    assert {fate for _, fate in (await world.messages(person)).items()} == {("skipped", "erased")}


async def test_what_slipped_in_while_a_person_was_erased_is_ended_too(world: World, story: Story) -> None:
    person = story.person("Аспазија")
    issued = story.issue(person)
    await world.hear(story.told)
    story.erase(person)
    await world.hear(story.told[-2:])
    # What a connection that had looked for the erasure a moment too early would have left.
    await world.pool.execute("UPDATE messages SET state = 'planned', skip_reason = NULL WHERE purpose = 'certificate'")
    await world.pool.execute(
        "INSERT INTO certificates SELECT $1, 'STR-1', workshop_id, 'issued', 1, $2, 'token' FROM workshops", person, issued
    )
    assert await world.planner.recover()
    assert not await world.planner.recover()
    assert (await world.messages(person))["certificate", "STR-1:issued"] == ("skipped", "erased")
    assert await world.pool.fetchval("SELECT count(*) FROM certificates") == 0
