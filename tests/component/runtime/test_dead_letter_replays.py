"""Many dead letters: described, replayed at a rate, rehearsed; what fails stays and stops nothing."""

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import RegistrationConfirmed
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.runtime import dead_letters
from shared.runtime.clock import SystemClock
from shared.runtime.consumption import Consumers, Received
from shared.runtime.database import Connection, Pool
from shared.runtime.dead_letter_replays import Failed, replay_each
from shared.runtime.dead_letters import EVERY, Replayed, Sought
from shared.runtime.row_changes import TableChange
from tests.component.runtime.parts import NOW, confirmed, note_taker, notes, participant, processor, raw_record, record

QUICKLY = 10_000.0
STILL_BROKEN = 7


def partly_mended() -> Consumers:
    """The handlers after one of the faults in them was found."""
    consumers = Consumers("notifications")

    @consumers.on(RegistrationConfirmed)
    async def on_confirmed(connection: Connection, received: Received[RegistrationConfirmed]) -> None:
        number = received.event.number
        await connection.execute("UPDATE notes SET number = number + 1000 WHERE key = $1", received.event.key)
        await connection.execute("INSERT INTO notes (key, number) VALUES ($1, $2)", received.event.key, number)
        if number == STILL_BROKEN:
            raise RuntimeError("Ana Kovač <ana@example.org>")

    return consumers


def broken() -> Consumers:
    """Handlers that fail on everything."""
    consumers = Consumers("notifications")

    @consumers.on(RegistrationConfirmed)
    async def on_confirmed(_connection: Connection, _received: Received[RegistrationConfirmed]) -> None:
        raise RuntimeError

    @consumers.on(ParticipantRecorded)
    async def on_participant(_connection: Connection, _received: Received[ParticipantRecorded]) -> None:
        raise LookupError

    return consumers


async def set_aside(pool: Pool, numbers: Sequence[int], *, key: UUID | None = None) -> None:
    batch = [record(confirmed(key or uuid4(), number), sequence=place, offset=place) for place, number in enumerate(numbers, 1)]
    await processor(broken(), pool).process(REGISTRATIONS, batch)


async def replayed(pool: Pool, *, dry_run: bool = False, rate: float = QUICKLY) -> list[Replayed | Failed]:
    async with pool.acquire() as connection:
        numbers = await dead_letters.waiting(connection, EVERY)
        replays = replay_each(connection, numbers, partly_mended(), clock=SystemClock(), rate=rate, dry_run=dry_run)
        return [one async for one in replays]


async def test_one_that_fails_stops_nothing_and_stays(pool: Pool) -> None:
    await set_aside(pool, [1, STILL_BROKEN, 2])
    await processor(broken(), pool).process(REGISTRATIONS, [raw_record(str(uuid4()).encode(), b"poison", offset=9)])
    first, second, third, fourth = await replayed(pool)
    assert isinstance(first, Replayed)
    assert isinstance(third, Replayed)
    assert isinstance(second, Failed)
    assert "failed again: RuntimeError" in second.why
    assert "Ana" not in second.why
    assert isinstance(fourth, Failed)
    assert "still cannot be read" in fourth.why
    assert await notes(pool) == [1, 2]
    async with pool.acquire() as connection:
        assert await dead_letters.waiting(connection, EVERY) == [second.letter_id, fourth.letter_id]


async def test_a_rehearsal_says_what_would_change_and_changes_nothing(pool: Pool) -> None:
    key = uuid4()
    await pool.execute("INSERT INTO notes (key, number) VALUES ($1, 1), ($1, 2)", key)
    await set_aside(pool, [3, STILL_BROKEN], key=key)
    for _ in range(2):  # the second says the same: counts of one transaction do not leak into the next
        one, other = await replayed(pool, dry_run=True)
        assert isinstance(one, Replayed)
        assert one.outcome == "handled"
        assert one.changes == (TableChange("inbox", 1, 0, 0), TableChange("notes", 1, 2, 0))
        assert isinstance(other, Failed)
    assert await notes(pool) == [1, 2]
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 0
    async with pool.acquire() as connection:
        assert len(await dead_letters.waiting(connection, EVERY)) == 2


async def test_a_rehearsal_tells_the_later_facts_too(pool: Pool) -> None:
    key = uuid4()
    await set_aside(pool, [1], key=key)
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(key, 2), sequence=5, offset=5)])
    async with pool.acquire() as connection:
        [number] = await dead_letters.waiting(connection, EVERY)
        told = await dead_letters.rehearse(connection, number, partly_mended(), now=NOW)
    assert told.later is not None
    assert [fact.sequence for fact in told.later] == [5]


async def test_the_rate_is_kept(pool: Pool) -> None:
    await set_aside(pool, range(10, 16))
    began = time.monotonic()
    assert len(await replayed(pool, rate=20.0)) == 6
    assert time.monotonic() - began >= 5 / 20.0


async def test_letters_are_found_by_what_describes_them(pool: Pool) -> None:
    ana, ben = uuid4(), uuid4()
    await set_aside(pool, [1, 2], key=ana)
    await processor(broken(), pool).process(PARTICIPANTS, [record(participant(ben, "Ben"), offset=1)])
    await processor(broken(), pool).process(REGISTRATIONS, [raw_record(str(ben).encode(), b"poison", offset=9)])
    await pool.execute("UPDATE dead_letters SET recorded_at = $1 WHERE topic = 'participants'", NOW)

    async def found(sought: Sought) -> list[tuple[str, UUID | None]]:
        async with pool.acquire() as connection:
            listed = await dead_letters.list_(connection, sought)
            assert [letter.id for letter in listed] == await dead_letters.waiting(connection, sought)
        return [(letter.topic, letter.key) for letter in listed]

    facts, person, poison = [("registrations", ana)] * 2, ("participants", ben), ("registrations", ben)
    assert await found(EVERY) == [*facts, person, poison]
    assert await found(Sought(topic="participants")) == [person]
    assert await found(Sought(type="registration.confirmed.v1")) == facts
    assert await found(Sought(reason="lookuperror")) == [person]
    assert await found(Sought(reason="100%")) == []
    assert await found(Sought(key=ben)) == [person, poison]
    assert await found(Sought(key=ben, topic="registrations")) == [poison]
    assert await found(Sought(until=NOW + timedelta(seconds=1))) == [person]
    assert await found(Sought(since=NOW + timedelta(seconds=1))) == [*facts, poison]


async def test_a_lost_connection_ends_it(pool: Pool) -> None:
    await set_aside(pool, [1])
    async with pool.acquire() as connection:
        numbers = await dead_letters.waiting(connection, EVERY)
        await pool.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
            _ = [one async for one in replay_each(connection, numbers, partly_mended(), clock=SystemClock(), rate=QUICKLY)]
    assert await notes(pool) == []
