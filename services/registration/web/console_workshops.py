"""The organiser's desk: all workshops, and one with its state, its people and what was done."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import HTTPException, Response

from services.registration.domain.registration import RegistrationState
from services.registration.storage import audit_log, console_lists, reports, workshops
from services.registration.web.console_commands import COMMANDS
from services.registration.web.console_moments import next_moment
from services.registration.web.console_office import At, create_router, find_workshop, workshop_context
from services.registration.web.workshop_view import view
from shared.contracts.workshops import WorkshopState

router = create_router()

_PAGE = 25
_LARGEST_NUMBER = 2**63 - 1


@router.get("")
async def list_workshops(at: At, after: str = "") -> Response:
    """All workshops, the latest first."""
    async with at.visit.pool.acquire() as connection:
        found = await workshops.list_all(connection, after=_read_cursor(after), limit=_PAGE + 1)
    shown = found[:_PAGE]
    following = f"/console?{urlencode({'after': _cursor(shown[-1].starts_at, shown[-1].id)})}" if len(found) > _PAGE else None
    return at.page(
        "console_workshops.html",
        workshops=[(view(workshop, at.visit.now), workshop.state.value, next_moment(workshop, at.visit.now)) for workshop in shown],
        first="/console" if after else None,
        following=following,
    )


@router.get("/workshops/{workshop_id}")
async def show_workshop(workshop_id: UUID, at: At, state: str = "", q: str = "", after: int = 0) -> Response:
    """One workshop; `state` and `q` choose the people that are shown, `after` is the number they begin after."""
    if "\x00" in q:
        # No name has it, and the database takes no text with it
        raise HTTPException(422)
    chosen = RegistrationState(state) if state in set(RegistrationState) else None
    async with at.visit.pool.acquire() as connection:
        workshop = await find_workshop(connection, workshop_id)
        people = await console_lists.list_registrations(
            connection, workshop_id, state=chosen, text=q[:200], after=min(max(0, after), _LARGEST_NUMBER), limit=_PAGE
        )
        context: dict[str, Any] = {
            "counts": await console_lists.count_states(connection, workshop_id),
            "present": await console_lists.count_present(connection, workshop_id),
            "mails": await reports.count_mails(connection, workshop_id),
            "certificates": await reports.count_certificates(connection, workshop_id),
            "entries": await audit_log.of_workshop(connection, workshop_id, limit=_PAGE),
        }
    asked = {name: value for name, value in (("state", state), ("q", q)) if value}
    here = f"/console/workshops/{workshop_id}"
    return at.page(
        "console_workshop.html",
        **workshop_context(at, workshop),
        **context,
        people=people.rows,
        chosen=chosen.value if chosen else "",
        q=q,
        moment_ahead=next_moment(workshop, at.visit.now),
        is_over=workshop.ends_at <= at.visit.now and workshop.state is WorkshopState.OPEN,
        commands=[command for command in COMMANDS if workshop.state in command.states],
        first=f"{here}?{urlencode(asked)}#people" if after else None,
        following=f"{here}?{urlencode(asked | {'after': people.next_after})}#people" if people.next_after else None,
    )


def _cursor(starts_at: datetime, workshop_id: UUID) -> str:
    return f"{starts_at.isoformat()}~{workshop_id}"


def _read_cursor(text: str) -> tuple[datetime, UUID] | None:
    moment, _, identity = text.partition("~")
    try:
        starts_at = datetime.fromisoformat(moment)
        return (starts_at, UUID(identity)) if starts_at.tzinfo else None
    except ValueError:
        return None
