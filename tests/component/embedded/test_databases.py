import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.embedded.databases import SERVICES, Databases


@pytest.fixture
async def databases(postgres: str) -> AsyncIterator[Databases]:
    made = Databases(postgres, {service: f"it's {service}/:@" for service in SERVICES}, suffix=f"_{uuid.uuid4().hex[:8]}")
    await made.create()
    await made.create()  # safe to repeat
    yield made
    await made.drop()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_opens_its_own_database_and_no_other(databases: Databases, service: str) -> None:
    connection = await asyncpg.connect(databases.url(service))
    await connection.execute("CREATE TABLE mine (id bigint)")
    await connection.close()
    for other in set(SERVICES) - {service}:
        address = databases.url(service).rsplit("/", 1)[0] + f"/{databases.name(other)}"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(address)


async def test_a_service_is_no_administrator(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.url("notifications"))
    try:
        for command in ("CREATE ROLE other", "CREATE DATABASE other", "COPY pg_class TO PROGRAM 'true'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(command)
    finally:
        await connection.close()
