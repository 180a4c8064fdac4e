"""Dead letters: replayed through the same handler in one transaction, overtaken facts shown, erased with their key, expired."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.contracts.registrations import RegistrationConfirmed
from shared.contracts.topics import REGISTRATIONS
from shared.runtime import dead_letters
from shared.runtime.consumption import Consumers, Received
from shared.runtime.database import Connection, Pool
from shared.runtime.dead_letters import ReplayError
from tests.component.runtime.parts import NOW, confirmed, erased, note_taker, notes, processor, raw_record, record


def mended() -> Consumers:
    """The handlers after the fault in them was found."""
    consumers = Consumers("notifications")

    @consumers.on(RegistrationConfirmed)
    async def on_confirmed(connection: Connection, received: Received[RegistrationConfirmed]) -> None:
        await connection.execute("INSERT INTO notes (key, number) VALUES ($1, $2)", received.event.key, received.event.number)

    return consumers


async def only_letter(pool: Pool) -> int:
    async with pool.acquire() as connection:
        [letter] = await dead_letters.list_(connection)
        return letter.id


async def test_a_replay_has_the_effect_once_and_shows_what_overtook_it(pool: Pool) -> None:
    key = uuid4()
    batch = [record(confirmed(key, 666), sequence=1), record(confirmed(key, 2), sequence=2, offset=1)]
    await processor(note_taker(), pool).process(REGISTRATIONS, batch)
    letter = await only_letter(pool)
    async with pool.acquire() as connection:
        replayed = await dead_letters.replay(connection, letter, mended(), now=NOW)
        assert replayed.outcome == "handled"
        assert replayed.later is not None
        assert [(fact.type, fact.sequence) for fact in replayed.later] == [("registration.confirmed.v1", 2)]
        with pytest.raises(ReplayError, match="was replayed at"):
            await dead_letters.replay(connection, letter, mended(), now=NOW)
        assert await dead_letters.list_(connection) == []
        [kept] = await dead_letters.list_(connection, replayed=True)
        assert kept.replayed_at is not None
    await processor(mended(), pool).process(REGISTRATIONS, batch)
    assert await notes(pool) == [2, 666]


async def test_a_replay_that_fails_changes_nothing(pool: Pool) -> None:
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(uuid4(), 666))])
    letter = await only_letter(pool)
    async with pool.acquire() as connection:
        with pytest.raises(RuntimeError):
            await dead_letters.replay(connection, letter, note_taker(), now=NOW)
    assert await notes(pool) == []
    assert await only_letter(pool) == letter
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_what_still_cannot_be_read_stays(pool: Pool) -> None:
    await processor(note_taker(), pool).process(REGISTRATIONS, [raw_record(str(uuid4()).encode(), b"poison")])
    letter = await only_letter(pool)
    async with pool.acquire() as connection:
        with pytest.raises(ReplayError, match="still cannot be read"):
            await dead_letters.replay(connection, letter, mended(), now=NOW)
        with pytest.raises(ReplayError, match="there is no dead letter 0"):
            await dead_letters.replay(connection, 0, mended(), now=NOW)


async def test_an_erasure_takes_the_letters_of_its_key_along(pool: Pool) -> None:
    key = uuid4()
    batch = [record(confirmed(key, 666), sequence=1), record(erased(key), sequence=2, offset=1)]
    await processor(note_taker(), pool).process(REGISTRATIONS, batch)
    async with pool.acquire() as connection:
        assert await dead_letters.list_(connection) == []


async def test_a_letter_of_a_key_erased_meanwhile_is_not_applied(pool: Pool) -> None:
    """One that was set aside in the same moment as the erasure, which therefore did not see it."""
    key = uuid4()
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(key, 666), sequence=1)])
    async with pool.acquire() as connection:
        await connection.execute("INSERT INTO forgotten VALUES ($1)", key)
        replayed = await dead_letters.replay(connection, await only_letter(pool), note_taker(), now=NOW)
    assert replayed.outcome == "erased"
    assert await notes(pool) == []


async def test_erasure_finds_the_letters_of_its_key(pool: Pool) -> None:
    ana, ben = uuid4(), uuid4()
    bad = [record(confirmed(ana, 666)), raw_record(str(ana).encode(), b"poison", offset=1), record(confirmed(ben, 666), offset=2)]
    await processor(note_taker(), pool).process(REGISTRATIONS, bad)
    async with pool.acquire() as connection:
        assert await dead_letters.delete_for_key(connection, ana) == 2
        assert [letter.key for letter in await dead_letters.list_(connection)] == [ben]


async def test_letters_expire(pool: Pool) -> None:
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(uuid4(), 666))])
    async with pool.acquire() as connection:
        assert await dead_letters.expire(connection, older_than=timedelta(days=1)) == 0
        await connection.execute("UPDATE dead_letters SET recorded_at = recorded_at - interval '2 days'")
        assert await dead_letters.expire(connection, older_than=timedelta(days=1)) == 1


async def test_a_record_read_again_is_one_letter(pool: Pool) -> None:
    bad = [record(confirmed(uuid4(), 666))]
    await processor(note_taker(), pool).process(REGISTRATIONS, bad)
    await processor(note_taker(), pool).process(REGISTRATIONS, bad)
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 1
