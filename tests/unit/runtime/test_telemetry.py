import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import acceptable_correlation_id, configure_logging, correlated, correlation_id, get_logger


@contextmanager
def configured() -> Iterator[None]:
    """The process's logging; afterwards the test runner's own again."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logging(ServiceSettings(database_url="postgresql://x"), "registration")
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        logging.getLogger("uvicorn.access").disabled = False
        structlog.reset_defaults()


def test_a_line_has_service_level_and_correlation(capsys: pytest.CaptureFixture[str]) -> None:
    with configured():
        with correlated("form-0001"):
            get_logger("x").info("place_given", number=7)
        get_logger("x").info("later")
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["event"], first["number"], first["service"], first["level"]) == ("place_given", 7, "registration", "info")
    assert first["correlation_id"] == "form-0001"
    assert "correlation_id" not in second


@pytest.mark.parametrize("name", ["x", "faststream", "uvicorn.error"])
def test_an_exception_is_told_without_its_text(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Also when a library logs it."""
    with configured():
        try:
            int("ana@example.org")
        except ValueError:
            logging.getLogger(name).exception("failed")
            get_logger(name).exception("failed")
    output = capsys.readouterr().out
    assert output.count('"error": "ValueError') == 2
    assert "test_telemetry.py" in output
    assert "ana@example.org" not in output


def test_the_server_s_access_log_is_off(capsys: pytest.CaptureFixture[str]) -> None:
    with configured():
        logging.getLogger("uvicorn.access").info('127.0.0.1 - "GET /my/secret-token HTTP/1.1" 200')
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("value", [None, "", "short", "x" * 65, "with space", "ünïcödé-id", 'quote"quote'])
def test_a_foreign_correlation_id_must_be_plain(value: str | None) -> None:
    assert acceptable_correlation_id(value) is None


def test_correlations_nest() -> None:
    with correlated("outer-id"):
        with correlated("inner-id"):
            assert correlation_id() == "inner-id"
        assert correlation_id() == "outer-id"
    assert correlation_id() is None
