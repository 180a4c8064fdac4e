"""A worker's HTTP side: `/health/live`, `/health/ready`, `/metrics` and `/status`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.runtime.database import Connection
from shared.runtime.failures import describe
from shared.runtime.health import METRICS_CONTENT_TYPE, Gauges, database_problem, exposition, readings
from shared.runtime.lag import LagUnknownError

if TYPE_CHECKING:
    from shared.runtime.worker import Due, WorkerState


def worker_routes(due: "Callable[[Connection, datetime], Awaitable[Due]]", gauges: Gauges | None) -> list[Route]:
    """The routes, reading what they tell from `app.state.worker`."""

    def state(request: Request) -> "WorkerState":
        found: WorkerState = request.app.state.worker
        return found

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": True})  # the loop turned, or there were no answer

    async def ready(request: Request) -> Response:
        worker = state(request)
        problem, answers = await asyncio.gather(database_problem(worker.pool, worker.service), worker.lag.ping())
        problems = [*([problem] if problem else []), *([] if answers else ["broker does not answer"])]
        return JSONResponse({"ready": not problems, "problems": problems}, status_code=503 if problems else 200)

    async def metrics(request: Request) -> Response:
        worker = state(request)
        found = await readings(worker.pool, worker.clock, gauges, worker.lag)
        return Response(exposition(found), media_type=METRICS_CONTENT_TYPE)

    async def status(request: Request) -> Response:
        worker = state(request)
        try:
            # In the order in which work flows: what moves on between two of these is seen in the later one.
            async with asyncio.timeout(5.0), worker.pool.acquire() as connection:
                outbox = await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
                lag = sum((await worker.lag.measure()).values())
                waiting = await due(connection, worker.clock.now())
        except LagUnknownError as error:
            return JSONResponse({"service": worker.service, "problem": f"broker: {error}"}, status_code=503)
        except Exception as error:  # noqa: BLE001  # whatever it is, the answer is that it is not known
            return JSONResponse({"service": worker.service, "problem": f"database: {describe(error)}"}, status_code=503)
        return JSONResponse(
            {
                "service": worker.service,
                "outbox": outbox,
                "lag": lag,
                "due": waiting.count,
                "next_due": waiting.next.isoformat() if waiting.next else None,
                "activity": worker.activity.count,
            }
        )

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics), Route("/status", status)]
