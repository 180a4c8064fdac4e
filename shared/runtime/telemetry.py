"""Logs, the correlation id, and the process's counters. Nothing here may write a name, an address or a form's value."""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

import structlog
from opentelemetry import trace
from prometheus_client import Counter

from shared.runtime.failures import describe, where
from shared.runtime.settings import ServiceSettings

_correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")

CONSUMED = Counter("atelier_events_consumed", "Records taken from a topic, by what became of them", ["topic", "outcome"])
PUBLISHED = Counter("atelier_events_published", "Records confirmed by the broker", ["topic"])
RETRIES = Counter("atelier_retries", "Waits for a database or broker that was away", ["what"])
JOB_RUNS = Counter("atelier_job_runs", "Runs of a background job, by what became of them", ["job", "outcome"])


def new_correlation_id() -> str:
    """A fresh id, 32 hexadecimal digits."""
    return uuid4().hex


def correlation_id() -> str | None:
    """The id of the submission or event that is being worked on, if one is."""
    return _correlation_id.get()


def acceptable_correlation_id(value: str | None) -> str | None:
    """The value if it is one that we would log and publish as it stands, else None."""
    return value if value and _WELL_FORMED.fullmatch(value) else None


@contextmanager
def correlated(value: str | None) -> Iterator[None]:
    """Work on what the id names: logs and published events carry it."""
    token = _correlation_id.set(value)
    try:
        yield
    finally:
        _correlation_id.reset(token)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A structured logger: `log.info("what_happened", registration=id)`, values being ids, codes and numbers."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _add_correlation(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (current := _correlation_id.get()) is not None:
        event.setdefault("correlation_id", current)
    if (span := trace.get_current_span()).is_recording():
        event.setdefault("trace_id", trace.format_trace_id(span.get_span_context().trace_id))
    return event


def _tell_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # The text of an exception may repeat the values it failed on, so it is told by type, code and frames.
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = describe(error)
        event["frames"] = where(error)[-12:]
    return event


def configure_logging(settings: ServiceSettings, service: str) -> None:
    """Send every log of this process, the libraries' too, to standard output in one format.

    The server's own access log stays off: it would write query strings and the tokens of personal links.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_correlation,
        _tell_exception,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), *shared],
            processors=[_name_service(service), structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "faststream", "faststream.access", "faststream.access.kafka"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate, access.disabled = [], False, True
    for name in ("aiokafka", "faststream", "asyncio", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("atelier.broker").setLevel(logging.ERROR)  # it warns that topics are not created, which is as it should be


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Keeps the standard library from appending an exception's own text."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None
        return super().format(record)


def _name_service(service: str) -> structlog.typing.Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add
