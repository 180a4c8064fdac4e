import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI

from tests.browser.strasbourg import ADDRESS, PASSWORD, Furnished, create_settings, furnish, personal_path, running
from tests.conftest import _administer, database_address

HERE = "http://atelier.test"
DURING = datetime(2023, 10, 24, 7, 30, tzinfo=UTC)


@dataclass
class Site:
    """The web process with the Strasbourg workshop, and a browser's way to it."""

    app: FastAPI
    furnished: Furnished
    browser: httpx.AsyncClient

    def my(self, registration_id: object) -> str:
        return personal_path(self.furnished, registration_id)  # type: ignore[arg-type]

    @property
    def workshop(self) -> str:
        return f"/console/workshops/{self.furnished.workshop.id}"

    async def page(self, path: str, status: int = 200, **headers: str) -> BeautifulSoup:
        answer = await self.browser.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    async def sign_in(self) -> None:
        answer = await self.browser.post("/console/login", data={"address": ADDRESS, "password": PASSWORD}, headers={"origin": HERE})
        assert answer.status_code == 303, answer.text

    async def value(self, sql: str, *arguments: object) -> object:
        async with self.app.state.pool.acquire() as connection:
            return await connection.fetchval(sql, *arguments)


@pytest.fixture(scope="session")
async def _furnished(
    postgres: str, _templates: Callable[[str], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Furnished]]:
    """A database with the workshop in it, made once per run; every test gets a copy."""
    name = f"furnished_{uuid.uuid4().hex[:12]}"
    await _administer(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{await _templates("registration")}"')
    settings = create_settings(database_address(postgres, name), tmp_path_factory.mktemp("keys"), public_url=HERE)
    async with running(settings) as app:
        furnished = await furnish(app.state.pool)
    yield name, furnished
    await _administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def site(postgres: str, _furnished: tuple[str, Furnished], tmp_path: Path) -> AsyncIterator[Site]:
    template, furnished = _furnished
    name = f"test_pages_{uuid.uuid4().hex[:12]}"
    await _administer(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    settings = create_settings(database_address(postgres, name), tmp_path, public_url=HERE, now=DURING)
    async with running(settings) as app, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as browser:
        yield Site(app, furnished, browser)
    await _administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')
