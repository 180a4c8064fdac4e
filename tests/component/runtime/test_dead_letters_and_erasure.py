"""A record set aside, or replayed, in the same moment as its key is erased: two transactions, interleaved step by step."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from shared.contracts.registrations import RegistrationConfirmed, RegistrationErased
from shared.contracts.topics import REGISTRATIONS
from shared.runtime import dead_letters
from shared.runtime.batch import Batch
from shared.runtime.consumption import Consumers, Received
from shared.runtime.database import Connection, Pool
from shared.runtime.records import Item, read
from tests.component.runtime.parts import NOW, confirmed, erased, note_taker, notes, processor, record
from tests.waiting import eventually


@asynccontextmanager
async def not_committed_yet(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction that commits at the end of the block."""
    async with pool.acquire() as connection, connection.transaction():
        yield connection


async def one_waits(pool: Pool) -> bool:
    """Whether a transaction waits for the lock of a key."""
    return bool(
        await pool.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
            )
            """
        )
    )


async def let_it_run_into(task: asyncio.Task[None], pool: Pool) -> None:
    """Until the other transaction waits, or is through."""

    async def so_far() -> bool:
        return task.done() or await one_waits(pool)

    await eventually(so_far, what="the second transaction has met the first")


def failing(key: UUID) -> Item:
    item = read(REGISTRATIONS, record(confirmed(key, 666), sequence=1))
    assert item is not None
    return item


async def test_a_record_set_aside_just_before_its_key_is_erased_leaves_no_letter(pool: Pool) -> None:
    key, consumers = uuid4(), note_taker()
    async with not_committed_yet(pool) as setting_aside:
        batch = Batch(consumers, REGISTRATIONS, now=NOW)
        await batch.one_by_one(setting_aside, [failing(key)])
        assert batch.outcomes == {"dead": 1}
        erasing = asyncio.create_task(processor(consumers, pool).process(REGISTRATIONS, [record(erased(key), sequence=2, offset=1)]))
        await let_it_run_into(erasing, pool)
    await asyncio.wait_for(erasing, 10)
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_a_record_set_aside_just_after_its_key_is_erased_leaves_no_letter(pool: Pool) -> None:
    key, consumers = uuid4(), note_taker()
    async with not_committed_yet(pool) as erasing:
        item = read(REGISTRATIONS, record(erased(key), sequence=2, offset=1))
        assert item is not None
        await Batch(consumers, REGISTRATIONS, now=NOW).together(erasing, [item])
        setting_aside = asyncio.create_task(processor(consumers, pool).process(REGISTRATIONS, [record(confirmed(key, 666), sequence=1)]))
        await let_it_run_into(setting_aside, pool)
    await asyncio.wait_for(setting_aside, 10)
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_what_a_replay_writes_just_before_its_key_is_erased_goes_with_it(pool: Pool) -> None:
    key, consumers = uuid4(), forgetful()
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(key, 666), sequence=1)])
    async with not_committed_yet(pool) as replaying:
        [letter] = await dead_letters.list_(replaying)
        replayed = await dead_letters.replay(replaying, letter.id, consumers, now=NOW)
        assert replayed.outcome == "handled"
        erasing = asyncio.create_task(processor(consumers, pool).process(REGISTRATIONS, [record(erased(key), sequence=2, offset=1)]))
        await let_it_run_into(erasing, pool)
    await asyncio.wait_for(erasing, 10)
    assert await notes(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 0


def forgetful() -> Consumers:
    """Handlers that write notes, and delete those of a key that is erased."""
    consumers = Consumers("notifications")

    @consumers.on(RegistrationConfirmed)
    async def on_confirmed(connection: Connection, received: Received[RegistrationConfirmed]) -> None:
        await connection.execute("INSERT INTO notes (key, number) VALUES ($1, $2)", received.event.key, received.event.number)

    @consumers.on(RegistrationErased)
    async def on_erased(connection: Connection, received: Received[RegistrationErased]) -> None:
        await connection.execute("DELETE FROM notes WHERE key = $1", received.event.key)

    return consumers
