"""A database with the messaging tables and a table for effects, and settings that point at it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.runtime.database import Pool, create_pool
from shared.runtime.migrations import migrate_folder
from shared.runtime.settings import ServiceSettings

MIGRATIONS = Path(__file__).parent / "migrations"


@pytest.fixture
async def messaging_database(empty_database: str) -> str:
    await migrate_folder(MIGRATIONS, empty_database)
    return empty_database


@pytest.fixture
def database_settings(messaging_database: str) -> ServiceSettings:
    return ServiceSettings(environment="development", database_url=messaging_database, kafka_bootstrap="127.0.0.1:1")


@pytest.fixture
def settings(messaging_database: str, kafka: str, topic_prefix: str) -> ServiceSettings:
    return ServiceSettings(environment="development", database_url=messaging_database, kafka_bootstrap=kafka, topic_prefix=topic_prefix)


@pytest.fixture
async def pool(messaging_database: str) -> AsyncIterator[Pool]:
    settings = ServiceSettings(environment="development", database_url=messaging_database)
    pool = await create_pool(settings, application_name="test")
    yield pool
    pool.terminate()
