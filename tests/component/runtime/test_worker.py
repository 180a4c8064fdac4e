"""A worker as a process of its own: what it says of itself, how it stops, how it lives through an absent database."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from deploy.embedded.ports import free_ports
from shared.contracts.notifications import NotificationFailed
from shared.runtime import outbox
from shared.runtime.relay import LEADER_LOCK
from shared.runtime.settings import ServiceSettings
from tests.component.runtime.gate import Gate
from tests.component.runtime.parts import confirmed, producing, value
from tests.conftest import NewDatabase
from tests.waiting import eventually

PROGRAM = Path(__file__).parent / "small_worker.py"
SERIES = {
    "depth": "atelier_outbox_depth",
    "age": "atelier_outbox_age_seconds",
    "aside": "atelier_dead_letters",
    "lag": 'atelier_consumer_lag{topic="registrations"}',
}


class Worker:
    """A running process, and its pages."""

    def __init__(self, process: asyncio.subprocess.Process, client: httpx.AsyncClient, log: Path) -> None:
        self.process, self._client, self.log = process, client, log

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def answers(self, path: str, code: int) -> bool:
        assert self.process.returncode is None, self.log.read_text()
        try:
            return (await self.get(path)).status_code == code
        except httpx.TransportError:
            return False


Start = Callable[..., AbstractAsyncContextManager[Worker]]


@pytest.fixture
async def work(database: NewDatabase, kafka: str, topic_prefix: str) -> AsyncIterator[asyncpg.Pool]:
    """The database of the worker, with the tables its job and its handlers need."""
    async with asyncpg.create_pool(await database("notifications"), min_size=1, max_size=4) as pool:
        await pool.execute(
            """
            CREATE TABLE work (id bigint GENERATED ALWAYS AS IDENTITY, state text NOT NULL);
            CREATE TABLE seen (at timestamptz NOT NULL);
            CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, key uuid NOT NULL, number integer NOT NULL);
            CREATE TABLE forgotten (key uuid PRIMARY KEY);
            """
        )
        yield pool


@pytest.fixture
def start(kafka: str, topic_prefix: str, tmp_path: Path) -> Start:
    @asynccontextmanager
    async def start(database_url: str, **more: str) -> AsyncIterator[Worker]:
        [port] = free_ports(1)
        log = tmp_path / f"{uuid4().hex}.log"
        environment = {
            "ATELIER_ENVIRONMENT": "development",
            "ATELIER_DATABASE_URL": database_url,
            "ATELIER_KAFKA_BOOTSTRAP": kafka,
            "ATELIER_TOPIC_PREFIX": topic_prefix,
            "ATELIER_PORT": str(port),
            "PATH": os.environ["PATH"],
            **more,
        }
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(sys.executable, str(PROGRAM), env=environment, stdout=output, stderr=output)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
                worker = Worker(process, client, log)
                await eventually(lambda: worker.answers("/health/live", 200), within=30, what="the worker to live")
                yield worker
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    return start


async def url_of(pool: asyncpg.Pool, postgres: str) -> str:
    return postgres.rpartition("/")[0] + "/" + await pool.fetchval("SELECT current_database()")


async def test_it_says_what_it_is_about(work: asyncpg.Pool, postgres: str, start: Start) -> None:
    async with start(await url_of(work, postgres)) as worker:
        await eventually(lambda: worker.answers("/health/ready", 200), within=20, what="the worker to be ready")
        await work.execute("INSERT INTO work (state) VALUES ('new'), ('new'); NOTIFY work")
        await eventually(lambda: work.fetchval("SELECT count(*) = 2 FROM work WHERE state = 'finished'"), what="the work to be done")
        status = (await worker.get("/status")).json()
        assert {name: status[name] for name in ("service", "outbox", "lag", "due")} == {
            "service": "notifications",
            "outbox": 0,
            "lag": 0,
            "due": 0,
        }
        assert status["activity"] >= 2
        assert datetime.fromisoformat(status["next_due"]).tzinfo is not None
        metrics = (await worker.get("/metrics")).text
        for line in (
            'work_items{state="finished"} 2.0',
            "atelier_outbox_depth 0.0",
            "atelier_outbox_age_seconds 0.0",
            "atelier_dead_letters 0.0",
            'atelier_consumer_lag{topic="registrations"} 0.0',
            'atelier_up{part="broker"} 1.0',
        ):
            assert line in metrics


async def test_what_waits_and_what_lies_aside_is_in_its_figures(
    work: asyncpg.Pool, postgres: str, start: Start, kafka: str, topic_prefix: str
) -> None:
    settings = ServiceSettings(
        environment="development", database_url="postgresql://unused", kafka_bootstrap=kafka, topic_prefix=topic_prefix
    )
    registrations = settings.topic_name("registrations")
    event = confirmed(uuid4(), 1)
    about_a_mail = NotificationFailed(
        registration_id=uuid4(), workshop_id=uuid4(), purpose="link", occurrence="x", due_at=datetime.now(UTC), reason="refused"
    )
    async with work.acquire() as leader, work.acquire() as blocker:
        await leader.execute("SELECT pg_advisory_lock($1)", LEADER_LOCK)  # the worker's relay stands by
        async with leader.transaction():
            await outbox.publish(leader, [about_a_mail], source="notifications", now=datetime.now(UTC) - timedelta(hours=1))
        async with start(await url_of(work, postgres)) as worker, producing(settings) as producer:

            async def figures() -> dict[str, float]:
                lines = (await worker.get("/metrics")).text.splitlines()
                return {name: float(number) for name, _, number in (line.rpartition(" ") for line in lines if line[0] != "#")}

            async def shows(**expected: float) -> bool:
                seen = await figures()
                found = {name: seen.get(series) for name, series in SERIES.items()}
                assert {name: found[name] for name in expected} == expected, found
                return True

            await producer.send_and_wait(registrations, key=str(uuid4()).encode(), value=b"broken")
            await eventually(lambda: shows(aside=1, lag=0, depth=1), within=30, what="the broken record to lie aside")
            assert (await figures())["atelier_outbox_age_seconds"] >= 3600

            async with blocker.transaction():
                await blocker.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")  # no batch can be finished
                for number in range(3):
                    await producer.send_and_wait(registrations, key=str(event.key).encode(), value=value(event, sequence=number + 1))
                await eventually(lambda: shows(lag=3, aside=1, depth=1), within=20, what="three records to be unread")
                assert (await worker.get("/status")).json()["lag"] == 3

            await leader.execute("SELECT pg_advisory_unlock($1)", LEADER_LOCK)
            await eventually(lambda: shows(lag=0, aside=1, depth=0, age=0), within=30, what="only the dead letter to remain")


async def test_a_job_that_fails_is_tried_again_and_its_data_is_not_logged(work: asyncpg.Pool, postgres: str, start: Start) -> None:
    async with start(await url_of(work, postgres)) as worker:
        await eventually(lambda: work.fetchval("SELECT count(*) = 1 FROM work WHERE state = 'clumsy'"), within=20, what="the third attempt")
        log = worker.log.read_text()
    assert log.count('"job_failed"') == 2
    assert "ValueError" in log
    assert "ana@example.org" not in log


async def test_a_stop_finishes_what_was_begun_and_begins_nothing(work: asyncpg.Pool, postgres: str, start: Start) -> None:
    await work.execute("INSERT INTO work (state) SELECT 'new' FROM generate_series(1, 200)")
    async with start(await url_of(work, postgres)) as worker:
        await eventually(lambda: work.fetchval("SELECT count(*) > 2 FROM work WHERE state = 'finished'"), within=20, what="some work")
        worker.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(worker.process.wait(), 20)
        log = worker.log.read_text()
    assert await work.fetchval("SELECT count(*) FROM work WHERE state = 'begun'") == 0
    assert await work.fetchval("SELECT count(*) FROM work WHERE state = 'new'") > 0
    assert '"worker_stopped"' in log


async def test_it_waits_for_a_database_that_is_away(work: asyncpg.Pool, postgres: str, start: Start, kafka: str, topic_prefix: str) -> None:
    settings = ServiceSettings(
        environment="development", database_url="postgresql://unused", kafka_bootstrap=kafka, topic_prefix=topic_prefix
    )
    url = await url_of(work, postgres)
    async with Gate.to(url) as gate, start(gate.through(url)) as worker:
        await eventually(lambda: worker.answers("/health/ready", 200), within=20, what="the worker to be ready")
        await gate.shut()
        async with producing(settings) as producer:
            event = confirmed(uuid4(), 5)
            await producer.send_and_wait(settings.topic_name("registrations"), key=str(event.key).encode(), value=value(event))
        await eventually(lambda: "batch_waits" in worker.log.read_text(), within=20, what="the batch to wait")
        assert await worker.answers("/health/live", 200)
        assert await worker.answers("/health/ready", 503)
        assert await worker.answers("/status", 503)
        assert 'atelier_up{part="database"} 0.0' in (await worker.get("/metrics")).text
        await gate.open()
        await eventually(lambda: work.fetchval("SELECT count(*) = 1 FROM notes"), within=30, what="the fact to take effect")
        await work.execute("INSERT INTO work (state) VALUES ('new')")

        async def woken() -> bool:
            await work.execute("NOTIFY work")
            return bool(await work.fetchval("SELECT count(*) = 1 FROM work WHERE state = 'finished'"))

        await eventually(woken, within=30, what="notifications to be heard again")
        await eventually(lambda: worker.answers("/health/ready", 200), within=20, what="the worker to be ready again")
    assert await work.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_it_lives_while_the_broker_is_away(work: asyncpg.Pool, postgres: str, start: Start) -> None:
    [nobody] = free_ports(1)
    async with start(await url_of(work, postgres), ATELIER_KAFKA_BOOTSTRAP=f"127.0.0.1:{nobody}") as worker:
        await eventually(lambda: worker.answers("/health/ready", 503), what="the worker not to be ready")
        assert (await worker.get("/health/ready")).json()["problems"] == ["broker does not answer"]
        status = await worker.get("/status")
        assert status.status_code == 503
        assert "lag" not in status.json()
        await work.execute("INSERT INTO work (state) VALUES ('new'); NOTIFY work")
        await eventually(lambda: work.fetchval("SELECT count(*) = 1 FROM work WHERE state = 'finished'"), what="jobs to go on")
        assert await worker.answers("/health/live", 200)


async def test_moving_business_time_wakes_the_jobs(work: asyncpg.Pool, postgres: str, start: Start, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    async with start(await url_of(work, postgres), ATELIER_TEST_CLOCK_FILE=str(clock)):
        await eventually(lambda: work.fetchval("SELECT count(*) > 0 FROM seen"), within=20, what="the first look")
        (tmp_path / "new").write_text("31536000")
        (tmp_path / "new").rename(clock)
        await eventually(
            lambda: work.fetchval("SELECT max(at) > clock_timestamp() + interval '300 days' FROM seen"), what="a look a year ahead"
        )
