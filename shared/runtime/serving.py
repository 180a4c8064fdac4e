"""Running an ASGI application as a process."""

import uvicorn
from starlette.types import ASGIApp

from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import configure_logging


def serve(app: ASGIApp, settings: ServiceSettings, *, service: str) -> None:
    """Serve until SIGTERM or SIGINT; then requests and work in flight are finished within the grace period."""
    configure_logging(settings, service)
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
