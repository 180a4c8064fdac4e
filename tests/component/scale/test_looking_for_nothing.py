"""A worker looks for work every few seconds, for years: where there is none, it reads next to nothing of what is past."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from bench.fill import past
from services.certificates.document.keys import SigningKeys
from services.certificates.document.pool import RenderingPool
from services.certificates.settings import CertificatesSettings
from services.certificates.worker_app import find_augmenting, make_jobs
from services.notifications.jobs import count_due
from services.notifications.jobs import create_jobs as jobs_of_notifications
from services.notifications.settings import NotificationsSettings
from services.registration.jobs import create_jobs as jobs_of_registration
from services.registration.settings import RegistrationSettings
from shared.runtime.clock import SystemClock
from shared.runtime.database import Pool, create_pool
from shared.runtime.jobs import Job
from shared.runtime.lag import Position
from shared.runtime.maintenance import maintenance
from shared.runtime.settings import ServiceSettings
from shared.runtime.waiting import Stop
from shared.runtime.worker import WorkerContext
from tests.component.scale.test_filled_for_the_bench import prepare

PEOPLE = 150_000
"""With a tenth as many, the server chose well what it chose badly here."""
FEW = 200
"""Rows that all looks of a worker may read together."""


async def _positions() -> dict[TopicPartition, Position]:
    return {}


def _registration(pool: Pool, url: str) -> Sequence[Job]:
    settings = RegistrationSettings(database_url=SecretStr(url), link_secret=SecretStr("nobody opens a link" * 3))
    return [*jobs_of_registration(WorkerContext(settings, pool, SystemClock(), _positions, Stop())), maintenance(settings, pool)]


def _notifications(pool: Pool, url: str) -> Sequence[Job]:
    settings = NotificationsSettings(database_url=SecretStr(url))

    async def due() -> bool:
        async with pool.acquire() as connection:
            return (await count_due(connection, datetime.now(UTC))).count > 0

    return [*jobs_of_notifications(WorkerContext(settings, pool, SystemClock(), _positions, Stop())), Job("due", due)]


def _certificates(pool: Pool, url: str) -> Sequence[Job]:
    settings = CertificatesSettings(database_url=SecretStr(url), time_stamp_authority="http://127.0.0.1:9")
    context = WorkerContext(settings, pool, SystemClock(), _positions, Stop())
    # Neither renders nor signs, and asks nobody for the time: there is nothing to do.
    return make_jobs(context, RenderingPool.__new__(RenderingPool), SigningKeys.__new__(SigningKeys), find_augmenting(settings))


async def _look(jobs: Sequence[Job]) -> None:
    for job in jobs:
        assert not await job.run(), job.name


async def _rows_read(url: str) -> int:
    """By all connections that have been closed."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables"))
    finally:
        await connection.close()


SERVICES = {
    "registration": (_registration, past.REGISTRATION),
    "notifications": (_notifications, past.NOTIFICATIONS),
    "certificates": (_certificates, past.CERTIFICATES),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_past_is_not_read(service: str, database: Callable[[str], Awaitable[str]]) -> None:
    """Neither by connections that planned their statements when the tables were empty, nor by new ones."""
    make_jobs_of, statements = SERVICES[service]
    url, workshop_id = await database(service), uuid4()
    await prepare(service, url, workshop_id)
    pools = [await create_pool(ServiceSettings(database_url=SecretStr(url)), application_name="test") for _ in ("before", "after")]
    workers = [make_jobs_of(pool, url) for pool in pools]
    await _look(workers[0])
    await past.fill(url, statements, workshop_id, 1, PEOPLE)
    for pool, worker in zip(pools, workers, strict=True):
        before = await _rows_read(url)
        await _look(worker)
        await pool.close()
        assert await _rows_read(url) - before < FEW
