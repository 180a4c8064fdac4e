"""Where spans go: an OTLP receiver, a file, or both. Imported only where one of them is set."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import format_span_id, format_trace_id

from shared.runtime.settings import ServiceSettings
from shared.runtime.tracing import import_exporter

_SECONDS = 3.0
"""The most that one request to the receiver takes, and so about what a stopping process waits for a receiver that is away."""


def create_provider(settings: ServiceSettings, *, service: str, process: str) -> TracerProvider:
    """Make what records and exports the spans of a process.

    Raises:
        ExporterMissingError: an endpoint is set and the package for it is not installed.
        OSError: the file cannot be written.
    """
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"atelier-{service}", "service.instance.id": f"{process}-{os.getpid()}"}),
        # What began as recorded stays so in every process; the ratio is applied where a trace begins.
        sampler=ParentBased(TraceIdRatioBased(settings.traces_ratio)),
        shutdown_on_exit=False,
    )
    if settings.traces_endpoint:
        provider.add_span_processor(BatchSpanProcessor(_otlp(settings.traces_endpoint)))
    if settings.traces_file is not None:
        provider.add_span_processor(SimpleSpanProcessor(FileExporter(settings.traces_file)))
    return provider


def _otlp(endpoint: str) -> SpanExporter:
    exporter: SpanExporter = import_exporter().OTLPSpanExporter(endpoint=endpoint, timeout=_SECONDS)
    return exporter


class FileExporter(SpanExporter):
    """Appends each span as one line of JSON. Several processes may write to one file: each line is one write at its end."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write them. A full disk loses spans and nothing else."""
        try:
            for one in spans:
                os.write(self._file, (json.dumps(told(one)) + "\n").encode())
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        os.close(self._file)


def told(span: ReadableSpan) -> dict[str, Any]:
    """A span as JSON: ids in hexadecimal, times in nanoseconds since 1970."""
    context = span.get_span_context()
    return {
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": str(span.resource.attributes["service.name"]).removeprefix("atelier-"),
        "process": span.resource.attributes["service.instance.id"],
        "trace_id": format_trace_id(context.trace_id) if context else None,
        "span_id": format_span_id(context.span_id) if context else None,
        "parent_id": format_span_id(span.parent.span_id) if span.parent else None,
        "started": span.start_time,
        "ended": span.end_time,
        "status": span.status.status_code.name.lower(),
        "error": span.status.description,
        "attributes": dict(span.attributes or {}),
        "links": [
            {"trace_id": format_trace_id(link.context.trace_id), "span_id": format_span_id(link.context.span_id)} for link in span.links
        ],
    }
