"""Reading again, reading in another order, reading with people erased in between: the same rows, and nothing sent twice."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.topics import Topic
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story

NewWorld = Callable[[], Awaitable[World]]
AFTER = datetime(2023, 11, 1, tzinfo=UTC)
_TABLES = {
    "workshops": "workshop_id, version, state, record, recorded_at, agenda_digest, cancelled_by, agenda_stale, spread_pending",
    "workshop_facts": "fact_id, workshop_id, type, version, sequence, occurred_at, data, included",
    "agenda": "*",
    "registrations": "*",
    "participants": "*",
    "erased": "*",
    "attendance": "*",
    "certificates": "*",
    "messages": "message_id, registration_id, purpose, occurrence, rank, sequence, due_at, expires_at, state, skip_reason, superseded_by",
    "receipts": "fact_id, workshop_id, registration_id, fact_type, acted_at IS NOT NULL AS acted",
}


def full_story(end: str = "completed") -> Story:
    story = Story()
    story.open()
    ana, bojan, cveta, dea = (story.person(name, waiting=name == "Деа") for name in ("Ana", "Бојан", "Цвета", "Деа"))
    story.withdraw(bojan)
    story.promote(dea)
    story.move(7)
    story.ask_for_link(ana)
    story.announce()
    story.withdraw(cveta)
    story.move(-7)
    story.remind()
    story.attend(ana)
    story.attend(dea)
    story.attend(dea, present=False)
    if end == "cancelled":
        story.cancel()
        story.withdraw(ana)
        return story
    story.complete()
    story.issue(ana)
    story.revoke(ana)
    story.participant("Аna", ana, version=2)
    return story


async def rows(world: World) -> dict[str, list[str]]:
    return {
        table: sorted(str(tuple(row)) for row in await world.pool.fetch(f"SELECT {columns} FROM {table}"))  # noqa: S608 - our own names
        for table, columns in _TABLES.items()
    }


async def test_reading_everything_again_changes_no_row_and_sends_nothing(world: World) -> None:
    story = full_story()
    erased = story.person("Ewa")
    await world.live(story)
    story.erase(erased)
    await world.hear(story.told[-2:])
    await world.work(AFTER)
    before, sent, told = await rows(world), len(world.mail.taken), len(await world.published())
    outbox = await world.pool.fetchval("SELECT count(*) FROM outbox")

    for empty_inbox in (False, True):
        if empty_inbox:
            await world.pool.execute("DELETE FROM inbox")
        await world.hear(story.told)
        await world.work()
        assert await rows(world) == before
        assert len(world.mail.taken) == sent
    assert await world.pool.fetchval("SELECT count(*) FROM outbox") == outbox == told


@st.composite
def interleavings(draw: st.DrawFn, end: str) -> tuple[list[int], list[bool]]:
    """An order of the story's records that keeps the order within each topic and key, and where the planner looks in between."""
    told = full_story(end).told
    streams: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    for position, (topic, record) in enumerate(told):
        streams[topic.name, record.key].append(position)
    waiting = list(streams.values())
    heads = [0] * len(waiting)
    order = []
    while any(head < len(stream) for head, stream in zip(heads, waiting, strict=True)):
        open_streams = [index for index, stream in enumerate(waiting) if heads[index] < len(stream)]
        index = draw(st.sampled_from(open_streams))
        order.append(waiting[index][heads[index]])
        heads[index] += 1
    return order, draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))


async def _planned(new_world: NewWorld, told: list[tuple[Topic, ConsumerRecord]], pauses: list[bool]) -> dict[str, Any]:
    world = await new_world()
    for record, pause in zip(told, pauses, strict=True):
        await world.hear([record])
        if pause:
            await world.plan()
    await world.plan()
    planned = await rows(world)
    await world.work(AFTER)
    finished = await rows(world)
    await world.pool.close()
    return {"planned": planned, "finished": finished}


@pytest.mark.parametrize("end", ["completed", "cancelled"])
async def test_any_interleaving_ends_in_the_same_rows(new_world: NewWorld, end: str) -> None:
    story = full_story(end)
    expected = await _planned(new_world, story.told, [True] * len(story.told))
    assert "superseded" in str(expected["planned"]["messages"])

    @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(interleavings(end))
    def check(order_and_pauses: tuple[list[int], list[bool]]) -> None:
        examples.append(order_and_pauses)

    # Hypothesis draws, and the loop that the servers' connections belong to checks.
    examples: list[tuple[list[int], list[bool]]] = []
    check()
    for order, pauses in examples:
        found = await _planned(new_world, [story.told[position] for position in order], pauses)
        for moment, tables in expected.items():
            for table, held in tables.items():
                assert found[moment][table] == held, (moment, table, order)


async def test_an_older_record_never_overwrites_a_newer_one(world: World) -> None:
    story = Story()
    story.record_workshop()
    ana = story.person("Ana")
    older = list(story.told[:2])
    story.record_workshop(slug="newer")
    story.participant("Анa", ana, version=2)
    await world.hear(story.told)
    await world.pool.execute("DELETE FROM inbox")
    await world.hear(older)
    row = await world.pool.fetchrow("SELECT w.version, w.record->>'slug', p.version, p.given_name FROM workshops w, participants p")
    assert tuple(row) == (2, "newer", 2, "Анa")
