"""What all pages about messages share: a signed-in organiser, the process's parts, and the words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.notifications.compose.composer import Composer
from services.notifications.web.words import words
from shared.runtime.clock import Clock
from shared.runtime.database import Pool
from shared.web.pages import Pages
from shared.web.sessions import OrganiserSession, require_organiser


@dataclass(frozen=True, slots=True)
class Office:
    """A visit by an organiser; `now` is business time, the same for the whole request."""

    request: Request
    session: OrganiserSession
    pool: Pool
    now: datetime
    pages: Pages
    composer: Composer
    mail_domain: str

    def page(self, template: str, **context: Any) -> Response:
        """A page for organisers."""
        vocabulary = words(self.pages.translator(self.request))
        return self.pages.response(self.request, template, organiser=self.session, words=vocabulary, now=self.now, **context)


async def office(request: Request, session: Annotated[OrganiserSession, Depends(require_organiser)]) -> Office:
    """For handlers to depend on."""
    state = request.app.state
    clock: Clock = state.clock
    return Office(request, session, state.pool, clock.now(), state.pages, state.composer, state.mail_domain)


At = Annotated[Office, Depends(office)]


def create_router() -> APIRouter:
    """A router for pages that only organisers see."""
    return APIRouter(prefix="/notifications", include_in_schema=False, dependencies=[Depends(require_organiser)])
