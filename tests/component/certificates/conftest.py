"""The service on a database of its own, with real fonts and real rendering processes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from deploy.embedded.fonts import ensure_fonts
from services.certificates.document.pool import RenderingPool
from services.certificates.web_app import create_app
from tests.component.certificates.story import Service, Story, serving, trial_keys, workshop_record
from tests.component.certificates.visits import KEY
from tests.conftest import NewDatabase


@pytest.fixture(scope="session")
def fonts() -> Path:
    return ensure_fonts()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trial_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture(scope="session")
def renderer(fonts: Path, keys: Path) -> Iterator[RenderingPool]:
    pool = RenderingPool(processes=2, font_directory=fonts, keys_directory=keys)
    yield pool
    pool.close()


@pytest.fixture
async def service(database: NewDatabase, keys: Path, renderer: RenderingPool) -> AsyncIterator[Service]:
    async with serving(await database("certificates"), keys, renderer) as made:
        yield made


@pytest.fixture
def story() -> Story:
    made = Story()
    made.workshop(workshop_record())
    return made


@pytest.fixture
async def app(service: Service, fonts: Path, tmp_path: Path) -> AsyncIterator[FastAPI]:
    public = tmp_path / "public.pem"
    public.write_bytes(KEY.as_pem(private=False))
    made = create_app(service.settings.model_copy(update={"session_public_key_file": public, "font_directory": fonts}))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://atelier.example") as client:
        yield client
