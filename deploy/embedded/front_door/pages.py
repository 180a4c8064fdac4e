"""The front door's own pages: where to go, how everything is, and what to read while something is down."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from deploy.embedded.front_door.routes import Routes, Upstream
from deploy.embedded.front_door.settings import FrontDoorSettings
from shared.web.pages import Pages
from shared.web.security_headers import SecurityHeadersMiddleware

TEMPLATES = Path(__file__).parent / "templates"
PATIENCE = 2.0
"""Seconds that a process may take to say how it is."""
RETRY_AFTER = "5"


@dataclass(frozen=True)
class Condition:
    """How one process is, in plain words; `tone` is the colour that goes with them."""

    process: str
    words: str
    tone: str


async def _ask(client: httpx.AsyncClient, process: Upstream) -> Condition:
    try:
        answer = await client.get(f"{process.url}/health/ready")
    except httpx.HTTPError:
        return Condition(process.words, "does not answer", "wrong")
    if answer.is_success:
        return Condition(process.words, "ready", "good")
    return Condition(process.words, "runs, but waits for something it needs", "waiting")


async def conditions(routes: Routes) -> list[Condition]:
    """Ask every process at once."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        return list(await asyncio.gather(*(_ask(client, process) for process in routes.processes)))


def own_routes(settings: FrontDoorSettings, routes: Routes, pages: Pages) -> APIRouter:
    """The start page and the front door's health."""
    own = APIRouter(include_in_schema=False)

    @own.get("/")
    async def start(request: Request) -> Response:
        return pages.response(request, "start.html", conditions=await conditions(routes), organiser_command=settings.organiser_command)

    @own.get("/health/live")
    async def live() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @own.get("/health/ready")
    async def ready() -> JSONResponse:
        """Ready when everything behind it is; says what is not."""
        found = {condition.process: condition.words for condition in await conditions(routes)}
        return JSONResponse(found, status_code=200 if set(found.values()) == {"ready"} else 503)

    return own


class UnavailablePage:
    """503 with a date to try again: a page for people, problem+json (RFC 9457) for programs."""

    def __init__(self, public_url: str, pages: Pages) -> None:
        self._public_url = public_url
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send, upstream: Upstream) -> None:
        """Answer in place of `upstream`."""
        request = Request(scope)
        if "/api/" in request.url.path:
            problem = {"type": "about:blank", "title": f"{upstream.words} is not available right now", "status": 503}
            answer: Response = JSONResponse(problem, 503, {"Retry-After": RETRY_AFTER}, media_type="application/problem+json")
        else:
            answer = self._pages.response(
                request,
                "unavailable.html",
                503,
                headers={"Retry-After": RETRY_AFTER},
                service=upstream.words,
                sent=request.method == "POST",
            )
        await SecurityHeadersMiddleware(answer, self._public_url)(scope, receive, send)
