"""What the pages take from the process they run in."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

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
    language: str
    links: PersonalLinks


async def visit(request: Request) -> Visit:
    """For handlers to depend on. It waits for nothing; were it no coroutine, it would be run in a thread of its own."""
    state = request.app.state
    clock: Clock = state.clock
    pages: Pages = state.pages
    return Visit(request, state.pool, clock.now(), pages, pages.language(request), state.personal_links)
