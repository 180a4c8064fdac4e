"""Running an ASGI application as a process."""

import signal
import sys
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import configure_logging
from shared.runtime.tracing import require_exporter


def serve(app: ASGIApp, settings: ServiceSettings, *, service: str) -> None:
    """Serve until SIGTERM or SIGINT; then requests and work in flight are finished within the grace period."""
    require_exporter(settings)
    configure_logging(settings, service)
    end_well_when_told_to_stop()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=max(1, int(settings.grace_seconds)),
        lifespan="on",
    )


def end_well_when_told_to_stop() -> None:
    """A process that SIGTERM has stopped ends with status 0, so that whoever runs it can tell a stop from a crash.

    To be called before uvicorn runs, in the main thread: once uvicorn has drained it raises the signal again, which by default ends the
    process as if it had not been able to finish.
    """
    signal.signal(signal.SIGTERM, _end_well)


def _end_well(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
