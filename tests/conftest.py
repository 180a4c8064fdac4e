"""Fixtures for every test: real servers once per run; a database and topics of its own for each test that asks."""

import socket
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests import servers as real_servers

# How long an example takes says how busy the machine is: timings belong to the bench.
hypothesis.settings.register_profile("atelier", deadline=None)
hypothesis.settings.load_profile("atelier")

FOLDERS = {"unit", "component", "contract", "system", "faults", "browser"}

NewDatabase = Callable[[str], Awaitable[str]]
"""Takes a service's name, returns the address of a fresh, migrated database of its own."""


@dataclass(frozen=True)
class Servers:
    """Addresses of the run's servers: PostgreSQL as administrator (postgresql://…), Kafka as host:port."""

    database_url: str
    kafka: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's marker is the folder it lies in."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in FOLDERS:
            item.add_marker(getattr(pytest.mark, folder))


@pytest.fixture(autouse=True)
def _unit_tests_have_no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test that opens a connection fails, whoever opens it."""
    if request.node.get_closest_marker("unit"):

        def refuse(*_arguments: object, **_more: object) -> NoReturn:
            raise AssertionError("a unit test must not use the network")

        for name in ("connect", "connect_ex", "bind", "sendto"):
            monkeypatch.setattr(socket.socket, name, refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[str]:
    """The administrator's address of the run's PostgreSQL."""
    async with real_servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
async def kafka() -> AsyncIterator[str]:
    """The address of the run's Kafka, host:port."""
    async with real_servers.kafka() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def servers(postgres: str, kafka: str) -> Servers:
    """Both servers, once per run."""
    return Servers(postgres, kafka)


@pytest.fixture(scope="session")
async def _templates(postgres: str) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Each service is migrated once per run; every test gets a copy."""
    from shared.runtime.migrations import migrate  # noqa: PLC0415 - tests without a database need no Alembic

    made: dict[str, str] = {}

    async def template(service: str) -> str:
        if service not in made:
            name = f"template_{service}_{uuid.uuid4().hex[:12]}"
            await _administer(postgres, f'CREATE DATABASE "{name}"')
            await migrate(service, database_address(postgres, name))
            made[service] = name
        return made[service]

    yield template
    for name in made.values():
        await _administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(postgres: str, _templates: Callable[[str], Awaitable[str]]) -> AsyncIterator[NewDatabase]:
    """Ask for `await database("registration")` as often as needed; all are dropped after the test."""
    made: list[str] = []

    async def new(service: str) -> str:
        name = f"test_{service}_{uuid.uuid4().hex[:12]}"
        await _administer(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{await _templates(service)}"')
        made.append(name)
        return database_address(postgres, name)

    yield new
    for name in made:
        await _administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def empty_database(postgres: str) -> AsyncIterator[str]:
    async with new_database(postgres) as url:
        yield url


@asynccontextmanager
async def new_database(postgres: str) -> AsyncIterator[str]:
    """The address of a fresh database without any table."""
    name = f"test_empty_{uuid.uuid4().hex[:12]}"
    await _administer(postgres, f'CREATE DATABASE "{name}"')
    try:
        yield database_address(postgres, name)
    finally:
        await _administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def server_directory() -> Iterator[Path]:
    """An empty folder for a server's data.

    Not `tmp_path`: as root, PostgreSQL runs as another user, and every start of pytest shuts its folders to other users again.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-test-", ignore_cleanup_errors=True) as directory:
        yield Path(directory).resolve()


@pytest.fixture
async def topic_prefix(kafka: str) -> AsyncIterator[str]:
    """A prefix of this test's own, with every topic of the table provisioned under it; deleted after the test."""
    from shared.runtime.provisioning import provision_topics  # noqa: PLC0415 - as above

    prefix = f"test-{uuid.uuid4().hex[:12]}."
    await provision_topics(kafka, prefix=prefix)
    yield prefix
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(prefix)])
    finally:
        await admin.close()


def database_address(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
