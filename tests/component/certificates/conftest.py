"""The service on a database of its own, with real fonts and real rendering processes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.embedded.fonts import ensure_fonts
from services.certificates.document.pool import RenderingPool
from tests.component.certificates.story import Service, Story, serving, workshop_record
from tests.conftest import NewDatabase


@pytest.fixture(scope="session")
def fonts() -> Path:
    return ensure_fonts()


@pytest.fixture(scope="session")
def renderer(fonts: Path) -> Iterator[RenderingPool]:
    pool = RenderingPool(processes=2, font_directory=fonts)
    yield pool
    pool.close()


@pytest.fixture
async def service(database: NewDatabase, fonts: Path, renderer: RenderingPool) -> AsyncIterator[Service]:
    async with serving(await database("certificates"), fonts, renderer) as made:
        yield made


@pytest.fixture
def story() -> Story:
    made = Story()
    made.workshop(workshop_record())
    return made
