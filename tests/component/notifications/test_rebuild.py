"""A rebuild where the lost service had not told everything: what may have been handed over is asked about, and nothing leaves twice."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord

from services.notifications.rebuilding import create_recipe
from services.notifications.storage.rebuilding import REBUILT
from services.notifications.use_cases.resolve_uncertain_message import resolve_uncertain_message
from shared.contracts.notifications import NotificationSent
from shared.contracts.topics import NOTIFICATIONS, Topic
from shared.runtime.health import database_problem
from shared.runtime.rebuild import RebuildError, Rebuilding
from shared.runtime.rebuild import rebuild as rebuild_from_kafka
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story
from tests.component.runtime.parts import raw_record
from tests.waiting import eventually


@pytest.fixture
async def rebuilt(new_world: Callable[[], Awaitable[World]]) -> World:
    """The same service on an empty database, with the mail server of the lost one."""
    return await new_world()


async def rebuild(rebuilt: World, told: Sequence[tuple[Topic, ConsumerRecord]], own: Sequence[ConsumerRecord], **options: Any) -> None:
    """All that was told, topic by topic in the recipe's order."""
    recipe = create_recipe(rebuilt.settings)
    async with rebuilt.pool.acquire() as connection:
        rebuilding = Rebuilding(connection, recipe, clock=rebuilt.clock)
        await rebuilding.begin()
        for topic in recipe.order:
            await rebuilding.hear(topic, [record for its, record in told if its == topic])
        await rebuilding.hear(recipe.own, own)
        await rebuilding.end(**options)


async def told_by(lost: World, *, all_but: object = None) -> list[ConsumerRecord]:
    """What the lost service had told, without what it had not come to tell about one registration."""
    rows = await lost.pool.fetch("SELECT key, payload FROM outbox ORDER BY id")
    return [raw_record(str(row["key"]).encode(), row["payload"], topic=NOTIFICATIONS) for row in rows if row["key"] != all_but]


async def states(world: World) -> dict[Any, str]:
    rows = await world.pool.fetch("SELECT registration_id, state FROM messages WHERE purpose = 'confirmation'")
    return {row["registration_id"]: row["state"] for row in rows}


async def test_what_was_due_and_untold_is_uncertain_and_what_came_later_is_sent(world: World, rebuilt: World) -> None:
    story = Story()
    story.open()
    ana, ben = story.person("Ana"), story.person("Ben")
    await world.hear(story.told)
    await world.work(at=story.now + timedelta(seconds=1))
    assert len(world.mail.taken) == 2
    story.now += timedelta(minutes=5)
    dora = story.person("Dora")
    await rebuild(rebuilt, story.told, await told_by(world, all_but=ben))
    assert await states(rebuilt) == {ana: "sent", ben: "uncertain", dora: "planned"}
    assert len(world.mail.taken) == 2, "a mail left during the rebuild"
    await rebuilt.work(at=story.now + timedelta(seconds=1))
    assert await states(rebuilt) == {ana: "sent", ben: "uncertain", dora: "sent"}
    assert len(world.mail.taken) == 3
    told = await rebuilt.pool.fetch("SELECT key, type, sequence FROM outbox WHERE type LIKE 'notification.%' ORDER BY id")
    assert [(row["key"], row["type"], row["sequence"]) for row in told] == [
        (ben, "notification.uncertain.v1", 1),
        (dora, NotificationSent.type, 1),
    ]


async def test_an_operator_may_know_better_when_it_was_lost(world: World, rebuilt: World) -> None:
    story = Story()
    story.open()
    ben = story.person("Ben")
    await rebuild(rebuilt, story.told, [], lost_at=story.now)
    assert await states(rebuilt) == {ben: "uncertain"}
    assert world.mail.taken == []


@pytest.mark.parametrize("stated", [True, False], ids=["the operator knows when it was lost", "nobody knows"])
async def test_reminders_may_have_left_while_kafka_was_away(world: World, rebuilt: World, *, stated: bool) -> None:
    """Senders need no Kafka: what they sent after its last record is told nowhere."""
    story = Story()
    story.open()
    ana = story.person("Ana")
    await world.hear(story.told)
    await world.work(at=story.now + timedelta(seconds=1))
    due = await world.pool.fetchval("SELECT min(due_at) FROM messages WHERE state = 'planned'")
    rebuilt.clock.at = due + timedelta(minutes=30)
    await rebuild(rebuilt, story.told, await told_by(world), lost_at=due - timedelta(hours=1) if stated else None)
    reminder = await rebuilt.pool.fetchval("SELECT state FROM messages WHERE registration_id = $1 AND due_at = $2", ana, due)
    assert reminder == ("planned" if stated else "uncertain")
    await rebuilt.work()
    assert len(world.mail.taken) == (2 if stated else 1)


async def test_erased_people_come_back_as_what_was_told_of_them(world: World, rebuilt: World) -> None:
    story = Story()
    story.open()
    ana, ben = story.person("Ana"), story.person("Ben")
    story.issue(ana)
    await world.hear(story.told)
    await world.work(at=story.now + timedelta(seconds=1))
    heard = len(story.told)
    story.erase(ana)
    await world.hear(story.told[heard:])
    story.revoke(ana)  # told after the erasure was heard: a mail about it was never planned
    await world.hear(story.told[-1:])
    await world.work()
    await rebuild(rebuilt, story.told, await told_by(world))
    for table, query in REBUILT.items():
        lost, found = [sorted(map(repr, await one.pool.fetch(query))) for one in (world, rebuilt)]
        assert found == lost, table
    assert await rebuilt.pool.fetchval("SELECT count(*) FROM outbox") == 0
    assert set(await states(rebuilt)) == {ana, ben}


async def test_what_nobody_knew_what_was_refused_and_what_an_organiser_decided_come_back(world: World, rebuilt: World) -> None:
    story = Story()
    story.open()
    unknown, arrived, again = (story.person(name) for name in ("Ana", "Ben", "Cem"))
    world.mail.cut_at = "dot"
    heard = await world.live(story)
    world.mail.cut_at = None
    decisions: dict[UUID, Literal["arrived", "send_again"]] = {arrived: "arrived", again: "send_again"}
    for registration_id, decision in decisions.items():
        async with world.pool.acquire() as connection, connection.transaction():
            message_id = await connection.fetchval(
                "SELECT message_id FROM messages WHERE registration_id = $1 AND state = 'uncertain'", registration_id
            )
            assert await resolve_uncertain_message(connection, message_id, decision, mail_domain="example.org", now=world.clock.now())
    refused = story.person("Dora")
    world.mail.answer_text = lambda mail: "554 no" if str(refused) in str(mail["X-Atelier-Registration"]) else None
    await world.live(story, heard=heard)
    assert await states(world) == {unknown: "uncertain", arrived: "sent", again: "sent", refused: "failed"}

    await rebuild(rebuilt, story.told, await told_by(world))
    for table, query in REBUILT.items():
        lost, found = [sorted(map(repr, await one.pool.fetch(query))) for one in (world, rebuilt)]
        assert found == lost, table
    assert await rebuilt.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_rebuild_that_was_broken_off_leaves_a_database_that_nobody_works_on(rebuilt: World) -> None:
    async with rebuilt.pool.acquire() as connection:
        await Rebuilding(connection, create_recipe(rebuilt.settings), clock=rebuilt.clock).begin()

    async def not_ready() -> bool:
        return "rebuilt" in (await database_problem(rebuilt.pool, "notifications") or "")

    await eventually(not_ready, what="no process is ready on it")
    with pytest.raises(RebuildError, match="broken off"):
        await rebuild_from_kafka(rebuilt.settings, create_recipe(rebuilt.settings))
