"""Commands to a whole workshop. Each has a page that says what it does and to how many, and only that page's button does it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from fastapi import HTTPException, Response
from starlette.responses import RedirectResponse

from services.registration.domain.refusals import ConflictError, InvalidFieldError
from services.registration.domain.workshop import Workshop, record
from services.registration.storage import console_lists
from services.registration.use_cases.announce import announce
from services.registration.use_cases.cancel_workshop import cancel_workshop
from services.registration.use_cases.change_capacity import change_capacity
from services.registration.use_cases.complete_workshop import complete_workshop
from services.registration.use_cases.open_workshop import open_workshop
from services.registration.use_cases.remind_now import remind_now
from services.registration.use_cases.reschedule_workshop import reschedule_workshop
from services.registration.web import console_command_forms as forms
from services.registration.web.console_command_forms import InvalidCommandError
from services.registration.web.console_office import At, Office, create_router, find_workshop, workshop_context
from services.registration.web.console_refusals import explain_command
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection
from shared.web.forms import read_fields

router = create_router("/console/workshops/{workshop_id}")

_DRAFT, _OPEN, _COMPLETED = WorkshopState.DRAFT, WorkshopState.OPEN, WorkshopState.COMPLETED


@dataclass(frozen=True, slots=True)
class Command:
    """What an organiser can do to a workshop in these states. `name` is the last part of its page's address."""

    name: str
    states: frozenset[WorkshopState]
    danger: bool = False


COMMANDS = (
    Command("open", frozenset({_DRAFT})),
    Command("remind", frozenset({_OPEN})),
    Command("announce", frozenset({_OPEN, _COMPLETED})),
    Command("capacity", frozenset({_DRAFT, _OPEN})),
    Command("reschedule", frozenset({_OPEN})),
    Command("complete", frozenset({_OPEN})),
    Command("cancel", frozenset({_DRAFT, _OPEN}), danger=True),
)
_BY_NAME = {command.name: command for command in COMMANDS}


@dataclass(slots=True)
class _Sent:
    """A command's form as it was sent."""

    workshop: Workshop
    fields: dict[str, str] = field(repr=False)
    at: Office


@router.get("/do/{name}")
async def ask(workshop_id: UUID, name: str, at: At) -> Response:
    """What the command would do."""
    command = _find(name)
    async with at.visit.pool.acquire() as connection:
        workshop = await find_workshop(connection, workshop_id)
        if workshop.state not in command.states:
            raise ConflictError(f"workshop_is_{workshop.state.value}", f"The workshop is {workshop.state.value}.")
        return await _page(connection, at, workshop, command, forms.prefill(name, workshop.definition), {}, 200)


@router.post("/do/{name}")
async def do(workshop_id: UUID, name: str, at: At) -> Response:
    """Do it, and go back to the workshop, where it is seen which service has acted on it."""
    command = _find(name)
    fields = await read_fields(at.visit.request)
    if "\x00" in fields.get("request_key", ""):
        # Ours has none, and the database takes no text with it
        raise HTTPException(422)
    async with at.visit.pool.acquire() as connection:
        workshop = await find_workshop(connection, workshop_id)
        try:
            async with connection.transaction():
                await _carry_out(connection, name, _Sent(workshop, fields, at))
        except InvalidCommandError as error:
            return await _page(connection, at, workshop, command, fields, error.errors, 422)
        except InvalidFieldError as error:
            # What only the use case can see, such as a place taken since the form was read
            sentence = explain_command(error, at.visit.pages.translator(at.visit.request), at.visit.language)
            return await _page(connection, at, workshop, command, fields, {_field_name(error.field, workshop): sentence}, 422)
    return RedirectResponse(f"/console/workshops/{workshop_id}#done", 303)


async def _carry_out(connection: Connection, name: str, sent: _Sent) -> None:
    workshop_id, fields, definition = sent.workshop.id, sent.fields, sent.workshop.definition
    _ = sent.at.visit.pages.translator(sent.at.visit.request)
    by: dict[str, Any] = {"actor": sent.at.actor, "now": sent.at.visit.now}
    # The key was made with the page, so that a button pressed twice acts once
    key = fields.get("request_key") or None
    match name:
        case "open":
            await open_workshop(connection, workshop_id, **by)
        case "remind":
            await remind_now(connection, workshop_id, request_key=key, **by)
        case "announce":
            subject, body = forms.read_announcement(fields, definition, _, sent.at.visit.language)
            await announce(connection, workshop_id, subject, body, request_key=key, **by)
        case "capacity":
            await change_capacity(connection, workshop_id, forms.read_capacity(fields, sent.workshop.confirmed, _), **by)
        case "reschedule":
            times, time_zone = forms.read_times(fields, definition, _)
            await reschedule_workshop(connection, workshop_id, times, time_zone=time_zone, **by)
        case "complete":
            await complete_workshop(connection, workshop_id, **by)
        case "cancel":
            await cancel_workshop(connection, workshop_id, forms.read_texts(fields, "reason", definition), **by)


def _field_name(path: str, workshop: Workshop) -> str:
    """The field's name in HTML; those of a session go by its code."""
    first, *rest = path.split(".")
    if first == "sessions" and len(rest) > 1:
        return f"{rest[1]}-{workshop.definition.session_codes[int(rest[0])]}"
    return "-".join((first, *rest))


def _find(name: str) -> Command:
    if name not in _BY_NAME:
        raise HTTPException(404)
    return _BY_NAME[name]


async def _page(
    connection: Connection, at: Office, workshop: Workshop, command: Command, values: dict[str, str], errors: dict[str, str], status: int
) -> Response:
    earned = await console_lists.count_earned(connection, record(workshop))
    return at.page(
        "console_command.html",
        status,
        **workshop_context(at, workshop),
        command=command,
        values=values,
        errors=errors,
        earned=earned,
        request_key=values.get("request_key") or uuid4().hex,
    )
