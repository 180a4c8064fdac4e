"""What everybody can read: the workshops that are open, and each one's page."""

import re

from fastapi import HTTPException, Response
from markupsafe import Markup

from services.registration.domain.workshop import Workshop
from services.registration.storage import workshops
from services.registration.web.public_state import Visit, page
from services.registration.web.workshop_lookups import WorkshopLookups
from services.registration.web.workshop_view import WorkshopView, view
from shared.contracts.workshops import WorkshopState

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FRESH = {"Cache-Control": "no-cache"}
"""Nothing personal, but places come and go: a copy may be kept and must be checked each time."""


async def list_workshops(here: Visit) -> Response:
    """The workshops that take registrations."""
    async with here.pool.acquire() as connection:
        found = await workshops.list_open(connection, here.now)
    views = [view(workshop, here.now) for workshop in found]
    return here.pages.response(here.request, "workshops.html", headers=FRESH, workshops=views)


async def show_workshop(slug: str, here: Visit) -> Response:
    """One workshop, also when it is full, cancelled or over: people hold its address."""
    workshop = view(await find_public(here, slug), here.now)
    return here.pages.framed(
        here.request,
        "workshop.html",
        same=workshop.wording,
        holes={"places": places(here, workshop)},
        context=lambda: {"workshop": workshop},
        headers=FRESH,
    )


def places(here: Visit, workshop: WorkshopView) -> Markup:
    """How many places are taken: the part of a workshop's pages that changes with every registration."""
    return here.pages.fragment(here.request, "places.html", workshop=workshop)


async def find_public(here: Visit, slug: str) -> Workshop:
    """The workshop with this slug.

    Raises:
        HTTPException: 404 where there is none, or only a draft.
    """
    if not SLUG.fullmatch(slug):
        # No workshop has such a name, and not every text can be looked for in a database
        raise HTTPException(404)
    lookups: WorkshopLookups = here.request.app.state.workshop_lookups
    workshop = await lookups.find(slug)
    if workshop is None or workshop.state is WorkshopState.DRAFT:
        raise HTTPException(404)
    return workshop


routes = (page("/workshops", list_workshops), page("/workshops/{slug}", show_workshop))
