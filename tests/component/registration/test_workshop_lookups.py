"""Lookups: one query for those who come together, nothing kept, and a failure that everybody hears of."""

import asyncio

import asyncpg
import pytest

from services.registration.domain.workshop import Workshop
from services.registration.storage import workshops
from services.registration.web.workshop_lookups import WorkshopLookups
from shared.runtime.database import Connection
from tests.component.registration.material import open_one, place, submission


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The slugs of each query."""
    asked: list[list[str]] = []
    real = workshops.find_by_slugs

    async def find_by_slugs(connection: Connection, slugs: list[str]) -> dict[str, Workshop]:
        asked.append(slugs)
        return await real(connection, slugs)

    monkeypatch.setattr(workshops, "find_by_slugs", find_by_slugs)
    return asked


async def test_those_who_ask_together_share_a_query(pool: asyncpg.Pool, connection: asyncpg.Connection, queries: list[list[str]]) -> None:
    first, second = await open_one(connection), await open_one(connection)
    slugs = [first.definition.slug, second.definition.slug, "no-such-workshop"]
    lookups = WorkshopLookups(pool)
    found = await asyncio.gather(*(lookups.find(slug) for slug in slugs * 20))
    assert [workshop.id if workshop else None for workshop in found] == [first.id, second.id, None] * 20
    assert queries == [slugs]


async def test_whoever_asks_during_a_query_is_answered_by_the_next_one(
    pool: asyncpg.Pool, connection: asyncpg.Connection, queries: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection)
    slug = workshop.definition.slug
    lookups, counted = WorkshopLookups(pool), workshops.find_by_slugs
    read, goes_on = asyncio.Event(), asyncio.Event()

    async def read_and_wait(connection: Connection, slugs: list[str]) -> dict[str, Workshop]:
        found = await counted(connection, slugs)
        read.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr(workshops, "find_by_slugs", read_and_wait)
    early = asyncio.create_task(lookups.find(slug))
    await asyncio.wait_for(read.wait(), 10)
    await place(connection, workshop.id, submission())
    late = asyncio.create_task(lookups.find(slug))
    goes_on.set()
    before, after = await asyncio.wait_for(asyncio.gather(early, late), 10)
    assert before is not None
    assert after is not None
    assert (before.confirmed, after.confirmed) == (0, 1)
    assert queries == [[slug], [slug]]


async def test_a_visitor_who_leaves_takes_nobodys_answer_along(pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    lookups = WorkshopLookups(pool)
    leaving, staying = (asyncio.create_task(lookups.find(workshop.definition.slug)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    found = await asyncio.wait_for(staying, 10)
    assert found is not None
    assert found.id == workshop.id


async def test_a_failure_is_everybodys_who_asked_and_nobodys_afterwards(pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    lookups, real = WorkshopLookups(pool), workshops.find_by_slugs

    async def fail(_connection: Connection, _slugs: list[str]) -> dict[str, Workshop]:
        raise asyncpg.ConnectionDoesNotExistError("away")

    monkeypatch.setattr(workshops, "find_by_slugs", fail)
    failed = await asyncio.gather(lookups.find("a"), lookups.find("a"), lookups.find("b"), return_exceptions=True)
    assert [type(one) for one in failed] == [asyncpg.ConnectionDoesNotExistError] * 3
    monkeypatch.setattr(workshops, "find_by_slugs", real)
    assert await lookups.find("a") is None


async def test_one_that_cannot_be_read_fails_for_nobody_else(pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
    broken, sound = await open_one(connection), await open_one(connection)
    await connection.execute("UPDATE workshops SET definition = definition - 'sessions' WHERE id = $1", broken.id)
    lookups = WorkshopLookups(pool)
    found = await asyncio.gather(*(lookups.find(one.definition.slug) for one in (broken, sound)), return_exceptions=True)
    assert isinstance(found[0], ValueError)
    assert isinstance(found[1], Workshop)
