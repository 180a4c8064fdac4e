"""Each test of storage runs twice: in memory and on PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.storage.stores import Store, in_memory, on_postgres
from tests.faults.simulation.in_memory import schema


@pytest.fixture(params=["in memory", "PostgreSQL"])
async def new_store(
    request: pytest.FixtureRequest, database: Callable[[str], Awaitable[str]]
) -> AsyncIterator[Callable[[str], Awaitable[Store]]]:
    """Makes the storage of a service, empty."""
    made: list[Store] = []

    async def new(service: str) -> Store:
        if request.param == "in memory":
            made.append(in_memory(schema.DATABASES[service](lambda: datetime.now(UTC))))
        else:
            made.append(await on_postgres(await database(service)))
        return made[-1]

    yield new
    for store in made:
        await store.close()


@pytest.fixture
async def registration(new_store: Callable[[str], Awaitable[Store]]) -> Store:
    return await new_store("registration")


@pytest.fixture
async def one(registration: Store) -> Any:
    return await registration.connect()


@pytest.fixture
async def other(registration: Store) -> Any:
    return await registration.connect()
