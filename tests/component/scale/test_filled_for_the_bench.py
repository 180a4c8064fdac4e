"""What the bench puts straight into the databases fits their tables as they are now."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from bench.fill import past, workshops
from bench.fill.messages import recorded

PEOPLE = 300
REGISTRATION = """
    INSERT INTO workshops (id, state, version, definition, starts_at, ends_at, created_at, updated_at)
    VALUES ($1, 'open', 1, '{"slug": "first", "capacity": 1000000}', $2, $2, $2, $2)
"""
NOTIFICATIONS = """
    INSERT INTO workshops (workshop_id, version, state, record, recorded_at, agenda_stale, agenda_digest)
    VALUES ($1, 1, 'open', $3, $2, false, 'planned')
"""
AGENDA = """
    INSERT INTO agenda (workshop_id, purpose, occurrence, rule_id, rank, sequence, due_at, audience)
    SELECT $1, 'reminder', 'day-' || day || ':2030-01-01', 'day-' || day, 3, 0, $2::timestamptz + day * interval '1 day', 'confirmed'
    FROM generate_series(1, 3) AS day
"""


async def prepare(service: str, url: str, workshop_id: UUID) -> None:
    """The one workshop of the past."""
    connection, now = await asyncpg.connect(url), datetime.now(UTC)
    try:
        if service == "registration":
            await connection.execute(REGISTRATION, workshop_id, now)
        elif service == "notifications":
            await connection.execute(NOTIFICATIONS, workshop_id, now, recorded().model_dump_json())
            await connection.execute(AGENDA, workshop_id, now)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("service", "statements"),
    [("registration", past.REGISTRATION), ("notifications", past.NOTIFICATIONS), ("certificates", past.CERTIFICATES)],
)
async def test_people_of_the_past(service: str, statements: tuple[str, ...], database: Callable[[str], Awaitable[str]]) -> None:
    url, workshop_id = await database(service), uuid4()
    await prepare(service, url, workshop_id)
    await past.fill(url, statements, workshop_id, 1, PEOPLE)
    await past.fill(url, statements, workshop_id, 1000, 999 + PEOPLE)
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM registrations WHERE workshop_id = $1", workshop_id) == 2 * PEOPLE
        key = "id" if service == "registration" else "registration_id"
        assert await connection.fetchval(f"SELECT true FROM registrations WHERE {key} = $1", past.person(workshop_id, 7))  # noqa: S608 - ours
        if service == "registration":
            assert await connection.fetchrow("SELECT last_number, confirmed_count FROM workshops") == (999 + PEOPLE, 2 * PEOPLE)
            slugs = await workshops.fill(url, str(workshop_id), 5)
            assert await connection.fetchval("SELECT count(*) FROM workshops WHERE slug = ANY($1)", slugs) == 5
        if service == "notifications":
            assert await connection.fetchval("SELECT count(*) FROM messages WHERE state = 'planned' AND rank = 3") == 3 * 2 * PEOPLE
    finally:
        await connection.close()
