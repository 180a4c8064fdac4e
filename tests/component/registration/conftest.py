"""Fixtures of registration's component tests: a database of their own, a pool, a connection inside a transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.registration.settings import RegistrationSettings
from services.registration.use_cases.create_api_token import create_api_token
from services.registration.use_cases.create_organiser import create_organiser
from services.registration.web_app import create_app
from shared.runtime.database import create_pool
from shared.runtime.telemetry import configure_logging
from tests.component.registration.material import settings_for


@pytest.fixture
async def settings(database: Callable[[str], Awaitable[str]], tmp_path: Path) -> RegistrationSettings:
    made = settings_for(await database("registration"), tmp_path)
    configure_logging(made, "registration")
    return made


@pytest.fixture
async def pool(settings: RegistrationSettings) -> AsyncIterator[asyncpg.Pool]:
    made = await create_pool(settings, application_name="test")
    yield made
    await made.close()


@pytest.fixture
async def connection(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    async with pool.acquire() as acquired:
        yield acquired


@pytest.fixture
async def app(settings: RegistrationSettings) -> AsyncIterator[FastAPI]:
    made = create_app(settings)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def token(app: FastAPI) -> str:
    async with app.state.pool.acquire() as connection, connection.transaction():
        await create_organiser(connection, "organiser@example.org", "Olga Organiser", "correct horse battery", now=datetime.now(UTC))
        return await create_api_token(connection, "organiser@example.org", "tests", now=datetime.now(UTC))


@pytest.fixture
async def api(app: FastAPI, token: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://atelier.example/api/v1", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client
