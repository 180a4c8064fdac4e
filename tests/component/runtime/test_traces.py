"""The trace of what was published goes with the record, whoever records spans, and its handler continues it."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.participants import ERASED_TYPE
from shared.contracts.registrations import RegistrationConfirmed
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.runtime.consumption import Consumers, Received, ReceivedTombstone
from shared.runtime.database import Connection, Pool
from shared.runtime.outbox import Tombstone, publish
from shared.runtime.settings import ServiceSettings
from shared.runtime.tracing import recording, span, traceparent
from tests.component.runtime.parts import NOW, confirmed, on_topic, processor, relaying
from tests.waiting import eventually

SENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"

Recording = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spans"


@pytest.fixture
def record_spans(settings: ServiceSettings, file: Path) -> Recording:
    return lambda: recording(settings.model_copy(update={"traces_file": file}), "registration", process="worker")


def named(file: Path, name: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, file.read_text().splitlines()) if line["name"] == name]


def listener() -> tuple[Consumers, list[str | None]]:
    """Handlers that note the trace context in which they were called."""
    consumers, heard = Consumers("notifications"), []

    @consumers.on(RegistrationConfirmed)
    async def on_confirmed(_connection: Connection, _received: Received[RegistrationConfirmed]) -> None:
        heard.append(traceparent())

    @consumers.on_tombstone(PARTICIPANTS)
    async def on_erased(_connection: Connection, _received: ReceivedTombstone) -> None:
        heard.append(traceparent())

    return consumers, heard


async def published(settings: ServiceSettings, pool: Pool, keys: list[UUID], traceparents: list[str | None]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        events = [event for key in keys for event in (confirmed(key, 1), Tombstone(PARTICIPANTS, key, ERASED_TYPE))]
        traces = [trace for trace in traceparents for _ in range(2)]
        await publish(connection, events, source="registration", now=NOW, traceparents=traces)

    async def all_sent() -> bool:
        return bool(await pool.fetchval("SELECT count(*) = 0 FROM outbox WHERE published_at IS NULL"))

    async with relaying(settings):
        await eventually(all_sent, within=60, what="the rows to be published")


async def test_a_row_keeps_the_context_in_which_it_was_written(pool: Pool, record_spans: Recording, file: Path) -> None:
    async with record_spans(), pool.acquire() as connection, connection.transaction():
        with span("request"):
            await publish(connection, [confirmed(uuid4(), 1)], source="registration", now=NOW)
        await publish(connection, [confirmed(uuid4(), 2)], source="registration", now=NOW)
    [request] = named(file, "request")
    rows = await pool.fetch("SELECT traceparent, payload FROM outbox ORDER BY id")
    kept = rows[0]["traceparent"]
    assert kept.split("-")[1:3] == [request["trace_id"], request["span_id"]]
    assert json.loads(rows[0]["payload"])["traceparent"] == kept
    assert rows[1]["traceparent"] is None


async def test_what_somebody_else_recorded_is_passed_on_where_nobody_records(settings: ServiceSettings, pool: Pool) -> None:
    consumers, heard = listener()
    await published(settings, pool, [uuid4(), uuid4()], [SENT, None])
    for topic in (REGISTRATIONS, PARTICIPANTS):
        await processor(consumers, pool).process(topic, sorted(await on_topic(settings, topic), key=lambda record: record.timestamp))
    assert sorted(heard, key=str) == [SENT, SENT, None, None]


async def test_each_record_is_a_child_of_its_own_publishing(
    settings: ServiceSettings, pool: Pool, record_spans: Recording, file: Path
) -> None:
    consumers, heard = listener()
    keys = [uuid4(), uuid4()]
    async with record_spans():
        with span("what the relay's process happens to do"):
            await published(settings, pool, keys, [SENT, OTHER])
        for topic in (REGISTRATIONS, PARTICIPANTS):
            await processor(consumers, pool).process(topic, await on_topic(settings, topic))
    for name in (RegistrationConfirmed.type, ERASED_TYPE):
        sent = {one["attributes"]["atelier.key"]: one for one in named(file, f"publish {name}")}
        done = {one["attributes"]["atelier.key"]: one for one in named(file, f"process {name}")}
        for key, cause in zip(map(str, keys), (SENT, OTHER), strict=True):
            assert [sent[key]["trace_id"], sent[key]["parent_id"]] == cause.split("-")[1:3]
            assert (done[key]["trace_id"], done[key]["parent_id"]) == (sent[key]["trace_id"], sent[key]["span_id"])
            assert any(str(trace).split("-")[2] == done[key]["span_id"] for trace in heard)
    batches = named(file, "receive registrations")
    assert [link["span_id"] for one in named(file, f"process {RegistrationConfirmed.type}") for link in one["links"]] == [
        batches[0]["span_id"]
    ] * 2
