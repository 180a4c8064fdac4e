"""The form with which an organiser corrects what a person wrote."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import HTTPException, Response
from starlette.responses import RedirectResponse

from services.registration.domain.correction import CORRECTABLE
from services.registration.domain.form import InvalidFormError
from services.registration.domain.refusals import ConflictError
from services.registration.storage import registration_details
from services.registration.storage.registration_details import Person, RegistrationDetail
from services.registration.use_cases.correct_participant import correct_participant
from services.registration.web.console_office import At, Office, create_router, workshop_context
from services.registration.web.public_form_errors import explain, without_hidden
from shared.web.forms import read_fields
from shared.web.languages import own_name

router = create_router("/console/registrations/{registration_id}/correct")

_SHOWN = "shown."
"""Before the names of the hidden fields that hold what the form was filled with."""


@router.get("")
async def show_form(registration_id: UUID, at: At) -> Response:
    """The form with what is there."""
    detail, person = await _find(at, registration_id)
    return _form(at, detail, person, _values(person))


@router.post("")
async def correct(registration_id: UUID, at: At) -> Response:
    """Correct it, unless a colleague has done so since the form was shown: then the form says what is there now."""
    fields = await read_fields(at.visit.request)
    try:
        async with at.visit.pool.acquire() as connection, connection.transaction():
            await correct_participant(
                connection,
                registration_id,
                fields,
                links=at.visit.links,
                actor=at.actor,
                now=at.visit.now,
                expected_version=_read_version(fields.get("version", "")),
            )
    except InvalidFormError as error:
        detail, person = await _find(at, registration_id)
        errors = explain(error.errors, at.visit.pages.translator(at.visit.request))
        return _form(at, detail, person, without_hidden(fields), errors=errors, shown=fields, status=422)
    except ConflictError as error:
        if error.code != "version_differs":
            raise
        detail, person = await _find(at, registration_id)
        now, typed = _values(person), without_hidden(fields)
        # What was left as the form showed it was not meant to undo the colleague's correction
        merged = {name: now[name] if typed[name] == fields.get(_SHOWN + name) else typed[name] for name in CORRECTABLE}
        theirs = {name: value for name, value in now.items() if value != merged[name]}
        return _form(at, detail, person, merged, theirs=theirs, status=409)
    return RedirectResponse(f"/console/registrations/{registration_id}", 303)


async def _find(at: Office, registration_id: UUID) -> tuple[RegistrationDetail, Person]:
    async with at.visit.pool.acquire() as connection:
        detail = await registration_details.find(connection, registration_id)
    if detail is None:
        raise HTTPException(404)
    if detail.person is None:
        raise ConflictError("person_is_erased", "The person was erased: there is nothing left to correct.")
    return detail, detail.person


def _values(person: Person) -> dict[str, str]:
    return {name: getattr(person, name) for name in CORRECTABLE}


def _read_version(text: str) -> int:
    """Of the record that the form was filled with; a form without it is as good as an old one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - what the column takes


def _form(
    at: Office,
    detail: RegistrationDetail,
    person: Person,
    values: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    theirs: Mapping[str, str] | None = None,
    shown: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The form with these values; `shown` are the fields of one that comes back, whose version and first values it keeps."""
    first = {"version": str(person.version)} | {_SHOWN + name: value for name, value in _values(person).items()}
    return at.page(
        "console_correction.html",
        status,
        **workshop_context(at, detail.workshop),
        person=person,
        values=values,
        errors=errors or {},
        theirs=theirs,
        hidden={name: value if shown is None else shown.get(name, "") for name, value in first.items()},
        mail_languages=[(code, own_name(code)) for code in detail.workshop.definition.languages],
        page=f"/console/registrations/{detail.id}",
    )
