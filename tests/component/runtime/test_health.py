"""The figures a process gives of itself: what there is is counted, what fails is left out and logged, an outage is told as one."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from shared.contracts.topics import REGISTRATIONS
from shared.runtime import dead_letter_rows, outbox
from shared.runtime.database import Connection, Pool, create_pool
from shared.runtime.health import Reading, exposition, readings
from shared.runtime.records import Unreadable
from shared.runtime.settings import ServiceSettings
from tests.component.runtime.gate import Gate
from tests.component.runtime.parts import NOW, confirmed, raw_record


class StandingClock:
    def now(self) -> datetime:
        return NOW


async def own(_connection: Connection, _now: datetime) -> Sequence[Reading]:
    return [Reading("things", "Things by state", 3, {"state": "new"}), Reading("things", "Things by state", 4, {"state": "old"})]


async def faulty(connection: Connection, _now: datetime) -> Sequence[Reading]:
    await connection.fetch("SELECT 'Ana Kovač'::integer")
    return []


async def clumsy(_connection: Connection, _now: datetime) -> Sequence[Reading]:
    raise ValueError("Ana Kovač <ana@example.org>")


async def slow(connection: Connection, _now: datetime) -> Sequence[Reading]:
    await connection.execute("SELECT pg_sleep(600)")
    return []


async def set_aside(connection: Connection, offset: int) -> None:
    record = raw_record(str(uuid4()).encode(), b"{}", offset=offset)
    await dead_letter_rows.store(connection, REGISTRATIONS, Unreadable(record, uuid4(), "broken"), reason="broken")


async def test_what_waits_is_counted_and_what_is_done_is_not(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for minutes in (10, 60, 30):
            await outbox.publish(connection, [confirmed(uuid4(), 1)], source="registration", now=NOW - timedelta(minutes=minutes))
        await outbox.publish(connection, [confirmed(uuid4(), 1)], source="registration", now=NOW - timedelta(days=1))
        await connection.execute(
            "UPDATE outbox SET published_at = clock_timestamp(), payload = NULL WHERE occurred_at = $1", NOW - timedelta(days=1)
        )
        for offset in range(3):
            await set_aside(connection, offset)
        await dead_letter_rows.mark_replayed(connection, await connection.fetchval("SELECT min(id) FROM dead_letters"))
    with capture_logs() as logs:
        lines = exposition(await readings(pool, StandingClock(), own, None)).decode().splitlines()
    for line in (
        "atelier_outbox_depth 3.0",
        "atelier_outbox_age_seconds 3600.0",
        "atelier_dead_letters 2.0",
        'things{state="new"} 3.0',
        'things{state="old"} 4.0',
        'atelier_up{part="database"} 1.0',
    ):
        assert line in lines
    assert logs == []


@pytest.mark.parametrize(("gauges", "why"), [(faulty, "sqlstate 22P02"), (clumsy, "ValueError"), (slow, "TimeoutError")])
async def test_a_service_s_gauges_that_fail_hide_nothing_else_and_are_no_outage(pool: Pool, gauges: object, why: str) -> None:
    async with pool.acquire() as connection:
        await set_aside(connection, 1)
    with capture_logs() as logs:
        found = await readings(pool, StandingClock(), gauges, None)  # type: ignore[arg-type]  # one of the functions above
    assert {reading.name: reading.value for reading in found} == {
        "atelier_outbox_depth": 0,
        "atelier_outbox_age_seconds": 0,
        "atelier_dead_letters": 1,
        "atelier_up": 1,
    }
    [entry] = logs
    assert (entry["event"], entry["log_level"], entry["gauges"]) == ("gauges_left_out", "warning", "service")
    assert why in entry["error"]
    assert "Ana" not in str(entry)


async def test_a_bug_in_one_of_the_common_gauges_leaves_the_others(pool: Pool) -> None:
    await pool.execute("ALTER TABLE outbox RENAME TO outbox_away")
    with capture_logs() as logs:
        found = await readings(pool, StandingClock(), own, None)
    assert [(reading.name, reading.value) for reading in found] == [
        ("atelier_dead_letters", 0),
        ("things", 3),
        ("things", 4),
        ("atelier_up", 1),
    ]
    assert [(entry["event"], entry["gauges"]) for entry in logs] == [("gauges_left_out", "outbox")]


async def test_a_database_that_goes_away_meanwhile_is_an_outage(database_settings: ServiceSettings) -> None:
    url = database_settings.dsn
    async with Gate.to(url) as gate:
        settings = ServiceSettings(environment="development", database_url=gate.through(url))
        pool = await create_pool(settings, application_name="test")

        async def cut(connection: Connection, _now: datetime) -> Sequence[Reading]:
            await gate.shut()
            return [Reading("never", "Never", await connection.fetchval("SELECT 1"))]

        with capture_logs() as logs:
            found = await asyncio.wait_for(readings(pool, StandingClock(), cut, None), 30)
        pool.terminate()
    assert found[-1] == Reading("atelier_up", found[-1].help, 0, {"part": "database"})
    assert "never" not in {reading.name for reading in found}
    assert [entry["event"] for entry in logs] == ["gauges_left_out", "database_does_not_answer"]
