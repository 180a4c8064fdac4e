"""What all pages of the console share: who is signed in, sessions that are renewed while they are used, refusals as pages."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute

from services.registration.domain.actor import Actor, organiser
from services.registration.domain.refusals import ConflictError, NotFoundError
from services.registration.domain.workshop import Workshop
from services.registration.storage import workshops
from services.registration.web.console_refusals import explain_conflict
from services.registration.web.public_state import Visit, visit
from services.registration.web.session_issuing import SessionIssuer
from services.registration.web.words import words
from services.registration.web.workshop_view import view
from shared.runtime.database import Connection
from shared.web.error_pages import error_page
from shared.web.pages import Pages
from shared.web.sessions import OrganiserSession, current_organiser, require_organiser

_NOT_FOUND, _CONFLICT = 404, 409


class ConsoleRoute(APIRoute):
    """A route whose answer renews the session, and whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler with both added."""
        handle = super().get_route_handler()

        async def handle_and_renew(request: Request) -> Response:
            pages: Pages = request.app.state.pages
            try:
                answer = await handle(request)
            except NotFoundError:
                return error_page(pages, request, _NOT_FOUND)
            except ConflictError as error:
                return _refusal(pages, request, error)
            session = current_organiser(request)
            if session is not None:
                issuer: SessionIssuer = request.app.state.session_issuer
                async with request.app.state.pool.acquire() as connection:
                    await issuer.renew(connection, session, answer)
            return answer

        return handle_and_renew


def create_router(prefix: str = "/console") -> APIRouter:
    """A router for pages that only organisers see."""
    return APIRouter(prefix=prefix, include_in_schema=False, route_class=ConsoleRoute, dependencies=[Depends(require_organiser)])


@dataclass(frozen=True, slots=True)
class Office:
    """A visit by an organiser."""

    visit: Visit
    session: OrganiserSession

    @property
    def actor(self) -> Actor:
        """Whom changes are recorded for."""
        return organiser(self.session.organiser_id)

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page of the console."""
        here = self.visit
        vocabulary = words(here.pages.translator(here.request))
        return here.pages.response(here.request, template, status, organiser=self.session, words=vocabulary, now=here.now, **context)


async def office(here: Annotated[Visit, Depends(visit)], session: Annotated[OrganiserSession, Depends(require_organiser)]) -> Office:
    """For handlers to depend on."""
    return Office(here, session)


At = Annotated[Office, Depends(office)]


async def find_workshop(connection: Connection, workshop_id: UUID) -> Workshop:
    """The workshop, in any state.

    Raises:
        HTTPException: 404 where there is none.
    """
    workshop = await workshops.find(connection, workshop_id)
    if workshop is None:
        raise HTTPException(_NOT_FOUND)
    return workshop


def workshop_context(at: Office, workshop: Workshop) -> dict[str, Any]:
    """What every page about one workshop is given."""
    return {"workshop": view(workshop, at.visit.now), "state": workshop.state.value, "here": f"/console/workshops/{workshop.id}"}


def _refusal(pages: Pages, request: Request, error: ConflictError) -> Response:
    _ = pages.translator(request)
    heading, sentence = explain_conflict(error, _, pages.language(request))
    return pages.response(
        request,
        "message.html",
        _CONFLICT,
        heading=heading,
        sentences=[sentence, _("Nothing was changed.")],
        onward=("/console", _("All workshops")),
    )
