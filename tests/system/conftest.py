"""One whole system for most tests here, on the run's servers; a workshop of its own for each test."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.demo.inbox import Inbox
from deploy.demo.organiser import Organiser
from deploy.demo.perform import make_token
from deploy.embedded.system import System
from tests.conftest import Servers
from tests.system.scene import Scene

SECONDS = 1200
"""The most that a test here may take, with the start of its system, on a machine that has much else to do."""

CLAIM_SECONDS = 10
"""How long what a killed worker had claimed waits for another: short, since tests wait for it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(SECONDS))


@contextlib.asynccontextmanager
async def start_system(servers: Servers, directory: Path, *, environment: Mapping[str, str] | None = None) -> AsyncIterator[System]:
    """A whole system on the run's servers, with topics of its own; nothing of it is left afterwards."""
    prefix = f"system-{uuid.uuid4().hex[:8]}."
    own = {"ATELIER_CLAIM_SECONDS": str(CLAIM_SECONDS), **(environment or {})}
    async with System(directory, servers=servers, topic_prefix=prefix, test_clock=True, environment=own) as system:
        yield system
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()
    try:
        await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(prefix)])
    finally:
        await admin.close()


@pytest.fixture(scope="session")
async def system(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with start_system(servers, tmp_path_factory.mktemp("system")) as system:
        yield system


@pytest.fixture
async def own_scene(servers: Servers, tmp_path: Path) -> AsyncIterator[Scene]:
    """For a test that leaves a system in disorder."""
    async with (
        start_system(servers, tmp_path / "system") as system,
        Organiser(system.front_door, await make_token(system)) as organiser,
        Inbox(system.front_door) as inbox,
    ):
        yield Scene(system, organiser, inbox, tmp_path)


@pytest.fixture(scope="session")
async def organiser(system: System) -> AsyncIterator[Organiser]:
    async with Organiser(system.front_door, await make_token(system)) as organiser:
        yield organiser


@pytest.fixture(scope="session")
async def inbox(system: System) -> AsyncIterator[Inbox]:
    async with Inbox(system.front_door) as inbox:
        yield inbox


@pytest.fixture
def scene(system: System, organiser: Organiser, inbox: Inbox, tmp_path: Path) -> Scene:
    return Scene(system, organiser, inbox, tmp_path)
