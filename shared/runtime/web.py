"""What every web process has: a pool, the clock, health, and a correlation id for each request."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.clock import Clock, create_clock
from shared.runtime.database import Pool, create_pool
from shared.runtime.health import METRICS_CONTENT_TYPE, Gauges, database_problem, exposition, readings
from shared.runtime.routes import is_watching, route_of
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import acceptable_correlation_id, configure_logging, correlated, get_logger, new_correlation_id
from shared.runtime.tracing import recording

log = get_logger("access")

_CORRELATION_HEADER = "X-Correlation-ID"


@dataclass(frozen=True, slots=True)
class WebState:
    """What handlers find as `request.app.state.{service,settings,pool,clock}`."""

    service: str
    settings: ServiceSettings
    pool: Pool
    clock: Clock


def create_web_lifespan(
    settings: ServiceSettings,
    *,
    service: str,
    around: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of a web process: fills `app.state` as WebState says.

    Args:
        settings: of the process.
        service: its name.
        around: entered when the state is there, left before the pool is closed; for what a service keeps besides.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings, service)
        pool = await create_pool(settings, application_name=f"{service}-web")
        app.state.service, app.state.settings, app.state.pool, app.state.clock = service, settings, pool, create_clock(settings)
        try:
            async with recording(settings, service, process="web"), around(app) if around else nullcontext():
                yield
        finally:
            await pool.close()

    return lifespan


def add_health_routes(app: FastAPI, *, gauges: Gauges | None = None) -> None:
    """Add `/health/live`, `/health/ready` and `/metrics`; none of them is part of the documented API."""

    @app.get("/health/live", include_in_schema=False)
    async def live() -> JSONResponse:
        return JSONResponse({"live": True})

    @app.get("/health/ready", include_in_schema=False)
    async def ready(request: Request) -> JSONResponse:
        problem = await database_problem(request.app.state.pool, request.app.state.service)
        return JSONResponse({"ready": problem is None, "problems": [problem] if problem else []}, status_code=503 if problem else 200)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        found = await readings(request.app.state.pool, request.app.state.clock, gauges, None)
        return Response(exposition(found), media_type=METRICS_CONTENT_TYPE)


class CorrelationIdMiddleware:
    """Gives each request a correlation id, which its events and logs carry, and logs the request by its route.

    The log has the route's template, never the path or the query: these hold the tokens of personal links.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its correlation id set."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation = acceptable_correlation_id(Headers(scope=scope).get(_CORRELATION_HEADER)) or new_correlation_id()
        started, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_CORRELATION_HEADER] = correlation
            await send(message)

        with correlated(correlation):
            try:
                await self._app(scope, receive, answer)
            finally:
                route = route_of(scope)
                write = log.debug if is_watching(route) else log.info
                write("request", method=scope["method"], route=route, status=status, ms=round((time.perf_counter() - started) * 1000, 1))
