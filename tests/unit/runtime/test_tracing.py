"""Spans: who is whose parent, what they must not hold, and that nobody pays who does not want them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.runtime import tracing
from shared.runtime.request_spans import RequestSpanMiddleware
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import correlated
from shared.runtime.tracing import ExporterMissingError, Role, is_recording, recording, require_exporter, span, traceparent

SENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SAMPLED = 1
UNSAMPLED = SENT.removesuffix("01") + "00"


def settings(**own: Any) -> ServiceSettings:
    return ServiceSettings.model_validate({"database_url": "postgresql://nobody@127.0.0.1:1/nothing"} | own)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spans"


@pytest.fixture
async def recorded(file: Path) -> AsyncIterator[None]:
    async with recording(settings(traces_file=file), "registration", process="web"):
        yield


def written(file: Path) -> dict[str, dict[str, Any]]:
    return {line["name"]: line for line in map(json.loads, content(file).splitlines())}


def content(file: Path) -> str:
    return file.read_text()


async def test_without_an_exporter_nothing_is_recorded_and_what_was_sent_is_passed_on() -> None:
    async with recording(settings(), "registration", process="web"):
        assert not is_recording()
        assert traceparent() is None
        with span("outer") as outer:
            assert not outer.is_recording()
            assert traceparent() is None
            with span("inner", cause=SENT) as inner:
                assert not inner.is_recording()
                assert traceparent() == SENT
            assert traceparent() is None


async def test_a_span_continues_what_caused_it_and_links_what_surrounds_it(recorded: None, file: Path) -> None:
    with correlated("form-0001"), span("outer"), span("inner"), span("caused", Role.CONSUMER, cause=SENT, attributes={"atelier.key": "1"}):
        assert str(traceparent()).startswith("00-0af7651916cd43dd8448eb211c80319c-")
        assert traceparent() != SENT
    outer, inner, caused = (written(file)[name] for name in ("outer", "inner", "caused"))
    assert outer["parent_id"] is None
    assert (inner["trace_id"], inner["parent_id"]) == (outer["trace_id"], outer["span_id"])
    assert (caused["trace_id"], caused["parent_id"]) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert caused["links"] == [{"trace_id": inner["trace_id"], "span_id": inner["span_id"]}]
    assert caused["attributes"] == {"atelier.key": "1", "atelier.correlation_id": "form-0001"}
    assert caused["kind"] == "consumer"
    assert outer["process"].startswith("web-")


@pytest.mark.parametrize("value", [None, "", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01", SENT.replace("00-0a", "ff-0a")])
async def test_what_is_no_trace_context_begins_a_trace(recorded: None, file: Path, value: str | None) -> None:
    with span("one", cause=value):
        pass
    assert written(file)["one"]["parent_id"] is None


async def test_a_failure_is_told_by_its_type_only(recorded: None, file: Path) -> None:
    with pytest.raises(ValueError, match="ana@example"), span("one"):
        raise ValueError("ana@example.org")
    assert (written(file)["one"]["status"], written(file)["one"]["error"]) == ("error", "ValueError")
    assert "ana@" not in content(file)


async def test_a_trace_that_began_unrecorded_stays_so(recorded: None, file: Path) -> None:
    with span("one", cause=UNSAMPLED):
        assert int(str(traceparent())[-2:], 16) & SAMPLED == 0
    assert content(file) == ""


async def test_the_ratio_decides_where_a_trace_begins(file: Path) -> None:
    async with recording(settings(traces_file=file, traces_ratio=0), "registration", process="web"):
        with span("begun"):
            assert int(str(traceparent())[-2:], 16) & SAMPLED == 0
        with span("continued", cause=SENT):
            pass
    assert list(written(file)) == ["continued"]


def test_an_endpoint_without_its_package_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    require_exporter(settings())
    require_exporter(settings(traces_endpoint="http://127.0.0.1:4318/v1/traces"))

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(tracing, "import_module", missing)
    with pytest.raises(ExporterMissingError, match=r"ATELIER_TRACES_ENDPOINT is set.*pip install 'atelier\[traces\]'"):
        require_exporter(settings(traces_endpoint="http://127.0.0.1:4318/v1/traces"))


def test_an_endpoint_is_an_address_of_the_web() -> None:
    with pytest.raises(ValueError, match="traces_endpoint"):
        settings(traces_endpoint="collector:4318")


async def test_a_request_is_a_span_by_its_route_and_never_by_its_path(recorded: None, file: Path) -> None:
    app = FastAPI()

    @app.get("/my/{token}")
    async def mine(token: str) -> str:
        return str(traceparent())

    @app.get("/health/live")
    async def live() -> str:
        return str(traceparent())

    app.add_middleware(RequestSpanMiddleware)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        inside = (await client.get("/my/secret-token?name=Ana", headers={"traceparent": SENT})).json()
        assert (await client.get("/health/live")).json() == "None"
        await client.get("/secret-elsewhere")
    lines = written(file)
    assert list(lines) == ["GET /my/{token}", "GET unmatched"]
    request = lines["GET /my/{token}"]
    assert inside[:-2] == f"00-{request['trace_id']}-{request['span_id']}-"
    assert request["parent_id"] is None, "a stranger does not decide whose trace this is"
    assert request["links"] == [{"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}]
    assert request["attributes"] == {"http.request.method": "GET", "http.route": "/my/{token}", "http.response.status_code": 200}
    assert lines["GET unmatched"]["attributes"]["http.response.status_code"] == 404
    assert not any(word in content(file) for word in ("secret", "Ana"))
