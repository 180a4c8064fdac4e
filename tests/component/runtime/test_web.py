"""A web process: ready or not, a correlation id for each request, and logs without anybody's link."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Request

from shared.contracts.topics import REGISTRATIONS
from shared.runtime import dead_letter_rows, outbox
from shared.runtime.database import create_pool
from shared.runtime.records import Unreadable
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import correlation_id
from shared.runtime.web import CorrelationIdMiddleware, add_health_routes, create_web_lifespan
from tests.component.runtime.gate import Gate
from tests.component.runtime.parts import NOW, confirmed, raw_record
from tests.conftest import NewDatabase
from tests.waiting import eventually

Serve = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def serve() -> Serve:
    @asynccontextmanager
    async def serve(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
        root = logging.getLogger()
        handlers, level = root.handlers, root.level
        settings = ServiceSettings(environment="development", database_url=database_url)
        app = FastAPI(lifespan=create_web_lifespan(settings, service="notifications"))
        app.add_middleware(CorrelationIdMiddleware)
        add_health_routes(app)

        @app.get("/my/{token}")
        async def my(token: str, request: Request) -> dict[str, str | None]:
            assert request.app.state.clock.now().tzinfo is not None
            one = await request.app.state.pool.fetchval("SELECT '[1]'::jsonb")
            return {"correlation": correlation_id(), "one": str(one)}

        try:
            async with app.router.lifespan_context(app):
                transport = httpx.ASGITransport(app=app)
                async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                    yield client
        finally:
            root.handlers, root.level = handlers, level

    return serve


async def test_a_request_has_a_correlation_id_and_its_log_no_token(
    database: NewDatabase, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(await database("notifications")) as client:
        given = await client.get("/my/secret-token?also=secret", headers={"X-Correlation-ID": "form-0001"})
        made = await client.get("/my/secret-token", headers={"X-Correlation-ID": "<script>"})
        await client.get("/nowhere/secret-token")
    assert given.json() == {"correlation": "form-0001", "one": "[1]"}
    assert given.headers["X-Correlation-ID"] == "form-0001"
    assert len(made.json()["correlation"]) == 32
    output = capsys.readouterr().out
    assert "secret" not in output
    lines = [json.loads(line) for line in output.splitlines() if '"request"' in line]
    assert [(line["route"], line["status"]) for line in lines] == [("/my/{token}", 200), ("/my/{token}", 200), ("unmatched", 404)]
    assert lines[0]["correlation_id"] == "form-0001"


async def test_its_figures_are_those_of_its_database(database: NewDatabase, serve: Serve) -> None:
    url = await database("notifications")
    pool = await create_pool(ServiceSettings(environment="development", database_url=url), application_name="test")
    async with serve(url) as client, pool:
        assert "atelier_outbox_depth 0.0" in (await client.get("/metrics")).text
        async with pool.acquire() as connection, connection.transaction():
            await outbox.publish(connection, [confirmed(uuid4(), number) for number in (1, 2)], source="registration", now=NOW)
            record = raw_record(b"no id", b"{}")
            await dead_letter_rows.store(connection, REGISTRATIONS, Unreadable(record, None, "broken"), reason="broken")
        lines = (await client.get("/metrics")).text.splitlines()
    for line in ("atelier_outbox_depth 2.0", "atelier_dead_letters 1.0", 'atelier_up{part="database"} 1.0'):
        assert line in lines


async def test_ready_with_the_newest_schema_only(database: NewDatabase, empty_database: str, serve: Serve) -> None:
    async with serve(await database("notifications")) as client:
        assert (await client.get("/health/ready")).status_code == 200
    async with serve(empty_database) as client:
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["problems"]) == (503, ["schema is older than this version"])


async def test_alive_but_not_ready_while_the_database_is_away(database: NewDatabase, serve: Serve) -> None:
    url = await database("notifications")
    async with Gate.to(url) as gate:
        through = gate.through(url)
        await gate.shut()
        async with serve(through) as client:
            assert (await client.get("/health/live")).status_code == 200
            assert (await client.get("/health/ready")).status_code == 503
            assert 'atelier_up{part="database"} 0.0' in (await client.get("/metrics")).text
            await gate.open()

            async def ready() -> bool:
                return (await client.get("/health/ready")).status_code == 200

            await eventually(ready, what="the process to be ready")
