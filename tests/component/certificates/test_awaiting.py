"""A completion waits for the facts told before it, and its answer follows what changes afterwards."""

import asyncio
from unittest.mock import Mock

import pytest
from aiokafka import TopicPartition

from services.certificates import awaiting as awaiting_facts
from services.certificates.awaiting import Awaiting
from services.certificates.storage import receipts
from services.certificates.storage.overview import count_due
from services.certificates.use_cases.answer_completion import answer_completion
from shared.contracts.certificates import CertificatesActed
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS, WORKSHOP_EVENTS, WORKSHOPS
from shared.runtime.lag import LagUnknownError, Position
from tests.component.certificates.story import NOW, WORKSHOP, Service, Story


async def counts(service: Service) -> list[dict[str, int]]:
    """What the completion was answered with, one answer after the other."""
    events = await service.published()
    return [event.effects for event in events if isinstance(event, CertificatesActed) and event.fact_type == "workshop.completed.v1"]


async def certified(service: Service) -> list[tuple[int, str, list[str]]]:
    return [(row["edition"], row["state"], row["attended"]) for row in await service.certificates()]


async def test_nothing_is_issued_or_answered_while_facts_are_unread(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    story.attendance(ana, "day-3", present=True)
    service.standing = Position(read=10, end=11)
    await service.work()
    assert await service.certificates() == []
    assert await counts(service) == []

    await service.read_all(story)
    service.standing = Position(read=11, end=11)
    await service.work()
    assert await certified(service) == [(1, "issued", ["day-1", "day-2", "day-3"])]
    assert await counts(service) == [{"eligible": 1, "issued": 1}]


async def test_what_is_written_later_is_not_waited_for(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    service.standing = Position(read=10, end=11)
    await service.work()
    assert await service.certificates() == []
    service.standing = Position(read=11, end=500)
    await service.work()
    assert await certified(service) == [(1, "issued", ["day-1", "day-2"])]


async def test_the_end_is_asked_for_after_the_completion_was_found(service: Service, story: Story) -> None:
    """Asked before, the answer could be older than the completion: all was read, and the last check-in was not even written."""
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    for topic in (WORKSHOPS, PARTICIPANTS, REGISTRATIONS):
        await service.read(topic, story.records[topic])

    async def while_it_asks() -> dict[TopicPartition, Position]:
        standing = Position(read=10, end=10)
        story.attendance(ana, "day-3", present=True)  # written now, and the completion after it
        await service.read(WORKSHOP_EVENTS, story.records[WORKSHOP_EVENTS])
        return {TopicPartition("registrations", 0): standing}

    assert not await Awaiting(service.pool, positions=while_it_asks, patience=3600).run()


SOON = 0.000001
"""Seconds."""


async def test_while_kafka_is_away_no_patience_ends(service: Service, story: Story) -> None:
    """Issued by the facts that were read before it went, a certificate would be replaced as soon as it is back."""

    async def nobody_knows() -> dict[TopicPartition, Position]:
        raise LagUnknownError

    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    awaiting = Awaiting(service.pool, positions=nobody_knows, patience=SOON)
    assert [await awaiting.run() for _ in range(3)] == [False, False, False]


async def test_a_partition_that_cannot_be_read_holds_back_no_longer_than_patience(service: Service, story: Story) -> None:
    standings = [Position(read=10, end=20), Position(read=11, end=20), Position(read=11, end=20)]

    async def hardly_on() -> dict[TopicPartition, Position]:
        return {TopicPartition("registrations", 0): standings.pop(0)}

    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    awaiting = Awaiting(service.pool, positions=hardly_on, patience=SOON)
    assert [await awaiting.run() for _ in range(3)] == [False, False, True], "it was read on between the first two looks"
    await service.work()
    assert [row["state"] for row in await service.certificates()] == ["issued"]


async def test_what_other_partitions_bring_does_not_renew_the_patience_with_a_stuck_one(service: Service, story: Story) -> None:
    """Something is read all the time: heartbeats, and what other workshops tell."""
    looks = 0

    async def one_stuck() -> dict[TopicPartition, Position]:
        nonlocal looks
        looks += 1
        return {
            TopicPartition("registrations", 0): Position(read=10, end=20),
            TopicPartition("registrations", 1): Position(read=10 + looks, end=11 + looks),
        }

    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    awaiting = Awaiting(service.pool, positions=one_stuck, patience=SOON)
    assert [await awaiting.run() for _ in range(3)] == [False, False, True], "the second look saw the other partition's last fact"


async def one_more_is_missing() -> dict[TopicPartition, Position]:
    return {TopicPartition("registrations", 0): Position(read=10, end=11)}


async def test_a_look_that_failed_says_nothing_about_the_time_before_it(service: Service, story: Story) -> None:
    """While the database is away the consumers cannot record anything either."""
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    pool = Mock(wraps=service.pool)
    awaiting = Awaiting(pool, positions=one_more_is_missing, patience=SOON)
    assert not await awaiting.run()
    pool.acquire = Mock(side_effect=OSError("the database is away"))
    with pytest.raises(OSError, match="away"):
        await awaiting.run()
    pool.acquire = service.pool.acquire
    assert [await awaiting.run() for _ in range(2)] == [False, True]


async def test_a_process_that_stood_still_has_not_waited(service: Service, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused with its machine, it wakes with its consumers, and looks before they have read what came meanwhile."""
    moments = iter([0.0, 3600.0])
    monkeypatch.setattr(awaiting_facts, "_real_time", lambda: next(moments))
    monkeypatch.setattr(awaiting_facts, "LONGEST_LOOK", SOON / 10)
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    awaiting = Awaiting(service.pool, positions=one_more_is_missing, patience=SOON)
    assert [await awaiting.run() for _ in range(2)] == [False, False], "an hour of standing still is not even a moment of waiting"


async def test_a_completion_read_again_waits_for_nothing(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    await service.pool.execute("DELETE FROM inbox")
    await service.read(WORKSHOP_EVENTS, story.records[WORKSHOP_EVENTS])
    assert await service.pool.fetchval("SELECT count(*) FROM workshops WHERE awaiting_facts_since IS NOT NULL") == 0


async def test_a_change_that_is_being_made_while_it_is_counted_is_told_afterwards(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()

    async with service.pool.acquire() as changing, service.pool.acquire() as counting:
        change = changing.transaction()
        await change.start()
        await changing.execute("DELETE FROM documents")
        await changing.execute("DELETE FROM certificates")
        await receipts.note_change(changing, [WORKSHOP])
        async with counting.transaction():
            await receipts.note_change(counting, [WORKSHOP])
            assert await answer_completion(counting, now=NOW)
        assert await counts(service) == [{"eligible": 1, "issued": 1}]
        await change.commit()
        assert await count_due(counting) == 1
        assert await answer_completion(counting, now=NOW)
        assert await count_due(counting) == 0
    assert await counts(service) == [{"eligible": 1, "issued": 1}, {"eligible": 0, "issued": 0}]


async def test_erasing_one_person_waits_for_no_other_persons_certificate(service: Service, story: Story) -> None:
    """A batch holds the rows of many people; what it notes about the workshop must not be what issuing to one of them waits for."""
    first = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.person(2, "Beka Beridze", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    story.erased(first)
    async with service.pool.acquire() as issuing, issuing.transaction(), asyncio.timeout(20):
        await receipts.note_change(issuing, [WORKSHOP])
        await service.read_all(story)
