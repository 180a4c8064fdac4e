"""A batch: one transaction for its effects; repeats skipped, poison set aside, an absent database waited for."""

import asyncio
from uuid import uuid4

import pytest

from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.runtime import dead_letters
from shared.runtime.batches import StoppingError
from shared.runtime.consumption import Consumers, ReceivedTombstone
from shared.runtime.database import Connection, Pool
from shared.runtime.maintenance import maintenance
from shared.runtime.settings import ServiceSettings
from shared.runtime.waiting import Stop
from tests.component.runtime.parts import confirmed, erased, note_taker, notes, processor, promoted, raw_record, record
from tests.waiting import eventually


async def reasons(pool: Pool) -> list[str]:
    async with pool.acquire() as connection:
        return [letter.reason for letter in await dead_letters.list_(connection)]


async def test_all_records_take_effect_in_order(pool: Pool) -> None:
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(uuid4(), number)) for number in range(1, 200)])
    assert await notes(pool) == list(range(1, 200))
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 199


async def test_old_inbox_entries_and_letters_are_cleared_away_and_young_ones_stay(pool: Pool, database_settings: ServiceSettings) -> None:
    await processor(note_taker(), pool).process(
        REGISTRATIONS, [record(confirmed(uuid4(), number), offset=number) for number in (1, 2, 666, 999)]
    )
    await pool.execute(
        "UPDATE inbox SET processed_at = processed_at - interval '91 days' WHERE event_id = (SELECT event_id FROM inbox LIMIT 1)"
    )
    await pool.execute("UPDATE dead_letters SET recorded_at = recorded_at - interval '31 days' WHERE record_offset = 666")
    job = maintenance(database_settings, pool)
    assert await job.run() is True
    assert await job.run() is False
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 1
    assert [row["record_offset"] for row in await pool.fetch("SELECT record_offset FROM dead_letters")] == [999]


async def test_a_repeat_has_no_second_effect(pool: Pool) -> None:
    batch = [record(confirmed(uuid4(), number)) for number in (1, 2)]
    await processor(note_taker(), pool).process(REGISTRATIONS, [*batch, batch[0]])
    await processor(note_taker(), pool).process(REGISTRATIONS, batch)
    assert await notes(pool) == [1, 2]


@pytest.mark.parametrize("poison", [666, 999])
async def test_what_fails_is_set_aside_and_the_rest_takes_effect(pool: Pool, poison: int) -> None:
    bad = record(confirmed(uuid4(), poison), offset=2, sequence=3)
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(uuid4(), 1)), bad, record(confirmed(uuid4(), 3))])
    assert await notes(pool) == [1, 3]
    async with pool.acquire() as connection:
        [letter] = await dead_letters.list_(connection)
    assert (letter.topic, letter.partition, letter.offset, letter.sequence) == ("registrations", 0, 2, 3)
    assert (letter.record_key, letter.value, letter.type) == (bad.key, bad.value, "registration.confirmed.v1")
    assert letter.reason.startswith(
        "handler failed: RuntimeError" if poison == 666 else "handler failed: CheckViolationError, sqlstate 23514"
    )
    assert "Ana" not in letter.reason


async def test_the_failed_record_does_not_count_as_processed(pool: Pool) -> None:
    await processor(note_taker(), pool).process(REGISTRATIONS, [record(confirmed(uuid4(), 666))])
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\x00 not json", "undecodable"),
        (b"", "undecodable"),
        (b'{"specversion":"1.0"}', "undecodable"),
        (record(confirmed(uuid4(), 1)).value, "the record's key is not the event's subject"),
        (record(confirmed(uuid4(), 1)).value.replace(b"confirmed.v1", b"invented.v9"), "unknown type registration.invented.v9"),
    ],
)
async def test_what_cannot_be_read_is_set_aside_byte_for_byte(pool: Pool, content: bytes, why: str) -> None:
    key = str(uuid4()).encode()
    bad = raw_record(key, content, offset=5, headers=[("content-type", b"x"), ("empty", b"")])
    await processor(note_taker(), pool).process(REGISTRATIONS, [bad, record(confirmed(uuid4(), 2))])
    assert await notes(pool) == [2]
    async with pool.acquire() as connection:
        [letter] = await dead_letters.list_(connection)
    assert why in letter.reason
    assert (letter.record_key, letter.value, letter.headers) == (key, content, (("content-type", b"x"), ("empty", b"")))


async def test_a_key_that_is_no_id_is_set_aside(pool: Pool) -> None:
    await processor(note_taker(), pool).process(REGISTRATIONS, [raw_record(b"\xffx", b"{}"), raw_record(None, b"{}", offset=1)])
    assert await reasons(pool) == ["the record's key is not a UUID"] * 2


async def test_heartbeats_and_events_without_handler_leave_no_trace(pool: Pool) -> None:
    await processor(note_taker(), pool).process(REGISTRATIONS, [raw_record(b"heartbeat-3", b""), record(promoted(uuid4()))])
    assert await pool.fetchval("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM dead_letters)") == 0


async def test_records_of_an_erased_key_are_dropped_never_kept(pool: Pool) -> None:
    key = uuid4()
    batch = [
        record(confirmed(key, 1), sequence=1, offset=0),
        record(erased(key), sequence=2, offset=1),
        record(confirmed(key, 2), sequence=3, offset=2),
        raw_record(str(key).encode(), b'{"given_name": "Ana"}', offset=3),
        record(erased(key), sequence=4, offset=4),
        record(confirmed(uuid4(), 5), offset=5),
    ]
    await processor(note_taker(), pool).process(REGISTRATIONS, batch)
    assert await notes(pool) == [1, 5]
    assert await reasons(pool) == []


async def test_a_record_that_fails_after_its_erasure_is_not_kept_either(pool: Pool) -> None:
    key = uuid4()
    batch = [record(erased(key), offset=1), record(confirmed(key, 666), offset=2), record(confirmed(uuid4(), 666), offset=3)]
    await processor(note_taker(), pool).process(REGISTRATIONS, batch)
    async with pool.acquire() as connection:
        assert [letter.offset for letter in await dead_letters.list_(connection)] == [3]


async def test_a_service_that_still_hears_of_erased_keys_keeps_nothing_broken_of_them(pool: Pool) -> None:
    consumers = note_taker()
    consumers.sets_aside_nothing_of, consumers.erased = consumers.erased, None
    key = uuid4()
    batch = [
        record(erased(key), offset=1),
        record(confirmed(key, 1), offset=2),
        record(confirmed(key, 666), offset=3),
        raw_record(str(key).encode(), b'{"given_name": "Ana"}', offset=4),
        record(confirmed(uuid4(), 666), offset=5),
    ]
    await processor(consumers, pool).process(REGISTRATIONS, batch)
    assert await notes(pool) == [1]
    assert [row["record_offset"] for row in await pool.fetch("SELECT record_offset FROM dead_letters")] == [5]


async def test_a_tombstone_reaches_its_handler_with_its_origin(pool: Pool) -> None:
    consumers, seen = Consumers("notifications"), list[ReceivedTombstone]()

    @consumers.on_tombstone(PARTICIPANTS)
    async def on_tombstone(connection: Connection, received: ReceivedTombstone) -> None:
        seen.append(received)

    key, event_id = uuid4(), uuid4()
    headers = [("ce_type", b"participant.erased.v1"), ("ce_id", str(event_id).encode())]
    with_origin = raw_record(str(key).encode(), None, topic=PARTICIPANTS, headers=headers)
    bare = raw_record(str(key).encode(), None, topic=PARTICIPANTS, offset=1)
    await processor(consumers, pool).process(PARTICIPANTS, [with_origin, bare, with_origin])
    assert [(one.key, one.type, one.event_id) for one in seen] == [(key, "participant.erased.v1", event_id), (key, None, None)]


async def test_while_the_database_refuses_nothing_is_given_up(pool: Pool, postgres: str) -> None:
    """The transient failure outlasts several attempts; the batch then takes effect once."""
    await pool.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$"
    )
    await pool.execute("CREATE TRIGGER refuse BEFORE INSERT ON inbox EXECUTE FUNCTION refuse()")
    worker = processor(note_taker(), pool)
    task = asyncio.create_task(worker.process(REGISTRATIONS, [record(confirmed(uuid4(), 1))]))
    await eventually(lambda: worker.waits >= 2, what="two attempts to have failed")
    assert not task.done()
    await pool.execute("DROP TRIGGER refuse ON inbox")
    await asyncio.wait_for(task, 20)
    assert await notes(pool) == [1]
    assert await reasons(pool) == []


async def test_if_the_dead_letter_cannot_be_written_the_batch_waits(pool: Pool) -> None:
    await pool.execute("ALTER TABLE dead_letters RENAME TO dead_letters_away")
    worker = processor(note_taker(), pool)
    task = asyncio.create_task(worker.process(REGISTRATIONS, [record(confirmed(uuid4(), 1)), record(confirmed(uuid4(), 666))]))
    await eventually(lambda: worker.waits >= 2, what="two attempts to have failed")
    assert not task.done()
    assert await notes(pool) == []
    await pool.execute("ALTER TABLE dead_letters_away RENAME TO dead_letters")
    await asyncio.wait_for(task, 20)
    assert await notes(pool) == [1]
    assert len(await reasons(pool)) == 1


async def test_a_stop_ends_the_wait_without_an_effect(pool: Pool) -> None:
    await pool.execute("ALTER TABLE dead_letters RENAME TO dead_letters_away")
    stop = Stop()
    worker = processor(note_taker(), pool, stop)
    task = asyncio.create_task(worker.process(REGISTRATIONS, [record(confirmed(uuid4(), 666))]))
    await eventually(lambda: worker.waits >= 1, what="the first attempt to have failed")
    stop.request()
    with pytest.raises(StoppingError):
        await asyncio.wait_for(task, 5)


async def test_a_deferred_constraint_that_fails_at_commit_is_the_record_s_own_fault(pool: Pool) -> None:
    await pool.execute("ALTER TABLE notes ADD CONSTRAINT known FOREIGN KEY (key) REFERENCES forgotten DEFERRABLE INITIALLY DEFERRED")
    known, unknown = uuid4(), uuid4()
    await pool.execute("INSERT INTO forgotten VALUES ($1)", known)
    consumers = note_taker()
    consumers.erased = None
    batch = [record(confirmed(key, number), offset=number) for number, key in enumerate([unknown, known, unknown], start=1)]
    await processor(consumers, pool).process(REGISTRATIONS, batch)
    assert await notes(pool) == [2]
    assert ["known" in reason for reason in await reasons(pool)] == [True, True]
