"""Spans: what was done, when and because of what, through all processes. Ids, codes and purposes only: nothing here may name anybody.

Where no exporter is set, nothing is recorded, and the trace context that others sent is passed on as it came.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import correlation_id

HEADER = "traceparent"
"""The name of a Kafka header and of an HTTP header, with a value as the W3C's Trace Context has it."""

_W3C = TraceContextTextMapPropagator()


class Role(Enum):
    """What a span is to the other processes."""

    SERVER = SpanKind.SERVER
    CLIENT = SpanKind.CLIENT
    PRODUCER = SpanKind.PRODUCER
    CONSUMER = SpanKind.CONSUMER
    INTERNAL = SpanKind.INTERNAL


class ExporterMissingError(RuntimeError):
    """`traces_endpoint` is set, but what sends spans there is not installed."""


class _Recorder:
    """What the running process records with; None while nobody wants spans."""

    tracer: Tracer | None = None


_recorder = _Recorder()


@asynccontextmanager
async def recording(settings: ServiceSettings, service: str, *, process: str) -> AsyncIterator[None]:
    """Record spans inside, if the settings name somewhere to put them; at the end what is left is written, within a few seconds."""
    if not settings.traces_endpoint and settings.traces_file is None:
        yield
        return
    from shared.runtime.span_export import create_provider  # noqa: PLC0415  # the SDK costs time and memory where nobody wants spans

    provider = create_provider(settings, service=service, process=process)
    before, _recorder.tracer = _recorder.tracer, provider.get_tracer("atelier")
    try:
        yield
    finally:
        _recorder.tracer = before
        await asyncio.to_thread(provider.shutdown)


def require_exporter(settings: ServiceSettings) -> None:
    """See to it that spans can be sent where the settings want them. Raises ExporterMissingError."""
    if settings.traces_endpoint:
        import_exporter()


def import_exporter() -> Any:
    """The module of the optional package that sends spans over OTLP/HTTP. Raises ExporterMissingError."""
    try:
        return import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        raise ExporterMissingError(
            "ATELIER_TRACES_ENDPOINT is set, but the package that sends spans is missing: pip install 'atelier[traces]', or unset it"
        ) from error


def is_recording() -> bool:
    """Whether this process records spans at all."""
    return _recorder.tracer is not None


def traceparent() -> str | None:
    """The W3C trace context of the current span, or of the one that somebody sent; None if there is neither."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(HEADER)


@dataclass(frozen=True, slots=True)
class Cause:
    """What something that is done for somebody continues: a correlation id, and a W3C trace context."""

    correlation_id: str | None = None
    traceparent: str | None = None


def current_cause() -> Cause:
    """What the caller does, for those who do something for it in a context of their own."""
    return Cause(correlation_id(), traceparent())


@contextmanager
def span(
    name: str,
    role: Role = Role.INTERNAL,
    *,
    cause: str | None = None,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[Span]:
    """Do something as a span of its own.

    Args:
        name: of few different values: no ids, no paths.
        role: towards other processes.
        cause: the trace context of what it continues; the span that surrounds it is linked then, and is its parent otherwise.
        attributes: ids, codes and counts.

    Yields:
        The span, to which attributes can be added. What is raised inside is told by its type only: its text may hold anything.
    """
    origin = _read(cause)
    if _recorder.tracer is None:
        with _current(NonRecordingSpan(origin)) if origin else _unchanged() as none:
            yield none
        return
    surrounding = trace.get_current_span().get_span_context()
    started = _recorder.tracer.start_span(
        name,
        context=trace.set_span_in_context(NonRecordingSpan(origin)) if origin else None,
        kind=role.value,
        attributes={**(attributes or {}), **_correlation()},
        links=[Link(surrounding)] if origin and surrounding.is_valid else None,
    )
    try:
        with _current(started):
            yield started
    except BaseException as error:
        started.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        started.end()


def note(**attributes: str | int) -> None:
    """Add to the current span, if one is recorded: `note(outcome="sent")` becomes `atelier.outcome`."""
    current = trace.get_current_span()
    if current.is_recording():
        current.set_attributes({f"atelier.{name}": value for name, value in attributes.items()})


def link_to(target: Span, value: str | None) -> None:
    """Link a span to a trace context that a stranger sent, if that is well-formed."""
    if target.is_recording() and (origin := _read(value)) is not None:
        target.add_link(origin)


def _read(value: str | None) -> SpanContext | None:
    if not value:
        return None
    found = trace.get_current_span(_W3C.extract({HEADER: value}, contexts.Context())).get_span_context()
    return found if found.is_valid else None


def _correlation() -> dict[str, str]:
    current = correlation_id()
    return {"atelier.correlation_id": current} if current else {}


@contextmanager
def _current(which: Span) -> Iterator[Span]:
    token = contexts.attach(trace.set_span_in_context(which))
    try:
        yield which
    finally:
        contexts.detach(token)


@contextmanager
def _unchanged() -> Iterator[Span]:
    yield trace.INVALID_SPAN
