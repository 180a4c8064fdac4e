"""What the pages take from the process they run in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from starlette.routing import Match, Route
from starlette.types import Scope

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


class _PageRoute(Route):
    """A route by which logs and spans call a request, also one that it takes by its path alone, to refuse its method."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Starlette's."""
        match, found = super().matches(scope)
        return match, {**found, "route": self} if match is not Match.NONE else found


def page(path: str, answer: Callable[..., Awaitable[Response]], *, method: str = "GET") -> Route:
    """A route to a page that takes the visit as `here`, and what stands in the path by its names.

    For the pages that everybody comes through: without FastAPI's dependencies, which take more time than these pages do.
    """

    async def endpoint(request: Request) -> Response:
        return await answer(here=await visit(request), **request.path_params)

    return _PageRoute(path, endpoint, methods=[method], include_in_schema=False)
