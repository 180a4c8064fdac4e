"""A completion waits for the facts told before it, and its answer follows what changes afterwards."""

import asyncio

import asyncpg

from services.certificates.awaiting import Awaiting
from services.certificates.storage import receipts
from services.certificates.use_cases.answer_completion import answer_completion
from shared.contracts.certificates import CertificatesActed
from shared.contracts.topics import WORKSHOP_EVENTS
from shared.runtime.lag import LagUnknownError
from tests.component.certificates.story import NOW, WORKSHOP, Service, Story
from tests.waiting import eventually


async def counts(service: Service) -> list[dict[str, int]]:
    """What the completion was answered with, one answer after the other."""
    events = await service.published()
    return [event.effects for event in events if isinstance(event, CertificatesActed) and event.fact_type == "workshop.completed.v1"]


async def test_nothing_is_issued_or_answered_while_facts_are_unread(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    story.attendance(ana, "day-3", present=True)
    service.unread = 1
    await service.work()
    assert await service.certificates() == []
    assert await counts(service) == []

    await service.read_all(story)
    service.unread = 0
    await service.work()
    [certificate] = await service.certificates()
    assert (certificate["edition"], certificate["state"], certificate["attended"]) == (1, "issued", ["day-1", "day-2", "day-3"])
    assert await counts(service) == [{"eligible": 1, "issued": 1}]


async def test_who_never_hears_how_far_behind_it_is_issues_when_its_patience_ends(service: Service, story: Story) -> None:
    async def nobody_knows() -> int:
        raise LagUnknownError

    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    assert not await Awaiting(service.pool, behind=nobody_knows, patience=3600).run()
    assert await Awaiting(service.pool, behind=nobody_knows, patience=0.000001).run()
    await service.work()
    assert [row["state"] for row in await service.certificates()] == ["issued"]


async def test_a_completion_read_again_waits_for_nothing(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    await service.pool.execute("DELETE FROM inbox")
    await service.read(WORKSHOP_EVENTS, story.records[WORKSHOP_EVENTS])
    assert await service.pool.fetchval("SELECT count(*) FROM workshops WHERE awaiting_facts_since IS NOT NULL") == 0


async def test_a_change_that_is_being_made_is_in_the_count_or_told_afterwards(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()

    async def answer() -> bool:
        async with service.pool.acquire() as connection, connection.transaction():
            return await answer_completion(connection, now=NOW)

    async with service.pool.acquire() as counting, service.pool.acquire() as changing:
        await receipts.note_change(counting, [WORKSHOP])
        first = counting.transaction()
        await first.start()
        assert await receipts.take_finished_workshop(counting, WORKSHOP) is not None

        async def change() -> None:
            async with changing.transaction():
                await changing.execute("DELETE FROM documents")
                await changing.execute("DELETE FROM certificates")
                await receipts.note_change(changing, [WORKSHOP])

        changed = asyncio.create_task(change())
        await eventually(lambda: _waits_for_a_lock(service.pool), what="the change to wait for the count")
        fact_id = await counting.fetchval("SELECT fact_id FROM receipts WHERE outdated")
        await receipts.close_completion(counting, fact_id, effects={"eligible": 1, "issued": 1}, now=NOW)
        await first.commit()
        await changed
    assert await answer()
    assert await counts(service) == [{"eligible": 1, "issued": 1}, {"eligible": 0, "issued": 0}]


async def _waits_for_a_lock(pool: asyncpg.Pool) -> bool:
    return bool(
        await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    )
