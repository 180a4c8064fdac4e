"""What the pages take from the process they run in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from starlette.routing import Route

from services.registration.domain.personal_link import PersonalLinks
from shared.runtime.clock import Clock
from shared.runtime.database import Pool
from shared.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's surroundings; `now` is business time, the same for the whole request."""

    request: Request
    pool: Pool
    now: datetime
    pages: Pages
    links: PersonalLinks

    @property
    def language(self) -> str:
        """Of the visitor."""
        return self.pages.language(self.request)


async def visit(request: Request) -> Visit:
    """For handlers to depend on. It waits for nothing; were it no coroutine, it would be run in a thread of its own."""
    state = request.app.state
    clock: Clock = state.clock
    pages: Pages = state.pages
    return Visit(request, state.pool, clock.now(), pages, state.personal_links)


def page(path: str, answer: Callable[..., Awaitable[Response]], *, method: str = "GET") -> Route:
    """A route to a page that takes the visit as `here`, and what stands in the path by its names.

    For the pages that everybody comes through: without FastAPI's dependencies, which take more time than these pages do.
    """

    async def endpoint(request: Request) -> Response:
        request.scope["route"] = route  # by which logs and spans call the request
        return await answer(here=await visit(request), **request.path_params)

    route = Route(path, endpoint, methods=[method], include_in_schema=False)
    return route
