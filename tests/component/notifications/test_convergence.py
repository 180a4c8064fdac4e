"""Reading again, reading in another order, reading with people erased in between: the same rows, and nothing sent twice."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.topics import Topic
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story
from tests.component.notifications.test_erasure import traces

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
    "messages": "registration_id, message_id, purpose, occurrence, rank, sequence, due_at, expires_at, state, skip_reason, superseded_by, "
    "correlation_id",
    "receipts": "fact_id, workshop_id, registration_id, fact_type, acted_at IS NOT NULL AS acted",
}


def full_story(end: str = "completed") -> Story:
    story = Story()
    story.open()
    ana, bojan, cveta, dea, aspazija = (story.person(name, waiting=name == "Деа") for name in ("Ana", "Бојан", "Цвета", "Деа", "Аспазија"))
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
    story.attend(aspazija)
    if end == "cancelled":
        _erase(story, aspazija)
        story.cancel()
        story.withdraw(ana)
        return story
    story.complete()
    story.issue(ana)
    story.issue(aspazija, "STR-2")
    story.revoke(ana)
    _erase(story, aspazija)
    story.revoke(aspazija, "STR-2")
    story.participant("Аna", ana, version=2)
    return story


def _erase(story: Story, registration_id: UUID) -> None:
    """As registration does it: withdrawal, erasure and tombstone, one after another."""
    story.withdraw(registration_id, by="erasure")
    story.erase(registration_id)


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


@dataclass(frozen=True, kw_only=True)
class Ending:
    """All rows when everything was heard and planned, and when everything was sent; and what became of the erased person."""

    planned: dict[str, list[str]]
    finished: dict[str, list[str]]
    of_the_erased: dict[tuple[str, str], tuple[str, str | None]]
    traces_of_the_erased: list[str]
    written_to: set[str]


async def _live(new_world: NewWorld, told: list[tuple[Topic, ConsumerRecord]], pauses: list[bool], erased: UUID) -> Ending:
    world = await new_world()
    for record, pause in zip(told, pauses, strict=True):
        await world.hear([record])
        if pause:
            await world.plan()
    await world.plan()
    planned = await rows(world)
    taken = len(world.mail.taken)
    await world.work(AFTER)
    ending = Ending(
        planned=planned,
        finished=await rows(world),
        of_the_erased=await world.messages(erased),
        traces_of_the_erased=await traces(world, erased),
        written_to={str(mail["X-Atelier-Registration"]) for mail in world.mail.taken[taken:]},
    )
    await world.pool.close()
    return ending


def _exactly(tables: dict[str, list[str]], erased: UUID) -> dict[str, list[str]]:
    """What may not depend on the order: everything but the message rows of who was erased."""
    return {name: [row for row in held if name != "messages" or str(erased) not in row] for name, held in tables.items()}


def _assert_forgotten(ending: Ending, erased: UUID) -> None:
    """Message rows of who was erased exist as far as they were planned before; in any order they name no one and none is sent."""
    assert {state for state, _ in ending.of_the_erased.values()} <= {"skipped"}
    assert str(erased) not in ending.written_to
    assert ending.traces_of_the_erased == []
    assert any(str(erased) in row for row in ending.finished["erased"])


@pytest.mark.parametrize("end", ["completed", "cancelled"])
async def test_any_interleaving_ends_in_the_same_rows(new_world: NewWorld, end: str) -> None:
    story = full_story(end)
    ((erased, erasure),) = story.erasures.items()
    positions = range(len(story.told))
    always = [True] * len(positions)
    key = str(erased).encode()
    erasure_first = sorted(positions, key=lambda position: story.told[position][1].key != key), always
    erasure_last = sorted(positions, key=lambda position: position - erasure in {-1, 0, 1}), always

    async def live(order: list[int], pauses: list[bool]) -> Ending:
        return await _live(new_world, [story.told[position] for position in order], pauses, erased)

    # Heard last, the erasure finds every row that there can be.
    expected = await live(*erasure_last)
    _assert_forgotten(expected, erased)
    assert "superseded" in str(expected.planned["messages"])
    assert ("skipped", "erased") in expected.of_the_erased.values()
    assert expected.written_to

    @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(interleavings(end))
    def check(order_and_pauses: tuple[list[int], list[bool]]) -> None:
        examples.append(order_and_pauses)

    # Hypothesis draws, and the loop that the servers' connections belong to checks.
    examples: list[tuple[list[int], list[bool]]] = [(list(positions), always), erasure_first]
    check()
    for order, pauses in examples:
        found = await live(order, pauses)
        for moment in ("planned", "finished"):
            before, after = (_exactly(getattr(ending, moment), erased) for ending in (expected, found))
            for table, held in before.items():
                assert after[table] == held, (moment, table, order)
        _assert_forgotten(found, erased)
        assert found.of_the_erased.keys() <= expected.of_the_erased.keys(), order


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
