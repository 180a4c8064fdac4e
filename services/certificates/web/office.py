"""What pages for organisers share: who is signed in, the process's parts, and the moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException, Request, Response

from services.certificates.storage.audit_log import Organiser
from services.certificates.storage.workshops import read_workshops
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.clock import Clock
from shared.runtime.database import Connection, Pool
from shared.web.pages import Pages
from shared.web.sessions import OrganiserSession, require_organiser

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Office:
    """A visit by an organiser; `now` is business time, the same for the whole request."""

    request: Request
    session: OrganiserSession
    pool: Pool
    now: datetime
    pages: Pages
    public_url: str

    @property
    def organiser(self) -> Organiser:
        """As the audit log has it."""
        return Organiser(self.session.organiser_id, self.session.name)

    def page(self, template: str, status: int = 200, *, headers: Mapping[str, str] | None = None, **context: Any) -> Response:
        """A page for organisers."""
        return self.pages.response(self.request, template, status, headers=headers, organiser=self.session, **context)


async def office(request: Request, session: Annotated[OrganiserSession, Depends(require_organiser)]) -> Office:
    """For handlers to depend on."""
    state = request.app.state
    clock: Clock = state.clock
    return Office(request, session, state.pool, clock.now(), state.pages, state.public_url)


At = Annotated[Office, Depends(office)]


async def require_workshop(connection: Connection, workshop_id: UUID) -> WorkshopRecorded:
    """Its record, or the answer that there is none."""
    known = (await read_workshops(connection, {workshop_id})).get(workshop_id)
    if known is None or known.record is None:
        raise HTTPException(_NOT_FOUND)
    return known.record
