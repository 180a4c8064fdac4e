"""A new workshop from a plain form: the essentials. What it leaves out, the organiser API takes."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from services.registration.domain.refusals import InvalidFieldError
from services.registration.domain.workshop_consistency import FieldError, InvalidWorkshopError, read_definition
from services.registration.domain.workshop_parts import SUPPORTED_LANGUAGES
from services.registration.use_cases.create_workshop import create_workshop
from services.registration.web.console_office import At, Office, create_router
from services.registration.web.console_refusals import explain_definition
from services.registration.web.workshop_view import list_all_countries
from shared.web.forms import read_fields

router = create_router("/console/new")

SESSIONS = 5
"""Rows for sessions in the form; those left empty do not count."""
_DEFAULTS = {"time_zone": "Europe/Paris", "venue.country": "FR", "capacity": "30", "waitlist": "yes", "week-before": "yes", "eve": "yes"}
_MOST_DIGITS = 18
_NUMBERS_OF_RULE = ("minimum_sessions", "minimum_percent_of_sessions", "minimum_percent_of_time")
_REQUIRED = "certificate.required_sessions."
"""Before the number of a row: nobody may miss the session in it."""
_REMINDERS = {
    "week-before": {"id": "week-before", "anchor": "start", "days": -7, "at": "09:00"},
    "eve": {"id": "eve", "anchor": "start", "days": -1, "at": "17:00"},
}


@router.get("")
async def show_form(at: At) -> Response:
    """The form, with what most workshops have."""
    return _form(at, _DEFAULTS, {}, 200)


@router.post("")
async def create(at: At) -> Response:
    """Create a draft. Nobody but organisers sees it until it is opened."""
    fields = await read_fields(at.visit.request)
    _, language = at.visit.pages.translator(at.visit.request), at.visit.language
    try:
        definition = read_definition(describe(fields))
        async with at.visit.pool.acquire() as connection, connection.transaction():
            workshop = await create_workshop(connection, definition, actor=at.actor, now=at.visit.now)
    except InvalidWorkshopError as error:
        return _form(at, fields, explain_definition(_blame(error.errors, fields), _rows(fields), _, language), 422)
    except InvalidFieldError as error:
        found = [FieldError(error.field, str(error), error.reason, error.limit)]
        return _form(at, fields, explain_definition(found, _rows(fields), _, language), 422)
    return RedirectResponse(f"/console/workshops/{workshop.id}", 303)


def describe(fields: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields as the workshop's JSON. Names in the form are paths in it, such as `sessions.0.starts`."""
    return {
        "slug": fields.get("slug", "").strip() or _slug_from(fields.get("title.en", "")),
        "title": _texts(fields, "title"),
        "summary": _texts(fields, "summary"),
        "organisers": [line.strip() for line in fields.get("organisers", "").splitlines() if line.strip()],
        "venue": {"city": fields.get("venue.city", "").strip(), "country": fields.get("venue.country", "")},
        "time_zone": fields.get("time_zone", "").strip(),
        "sessions": [
            {
                "code": f"session-{position}",
                "title": _texts(fields, f"sessions.{index}.title"),
                "starts": fields.get(f"sessions.{index}.starts", ""),
                "ends": fields.get(f"sessions.{index}.ends", ""),
            }
            for position, index in enumerate(_rows(fields), start=1)
        ],
        "capacity": _number(fields.get("capacity", "")),
        "waitlist": fields.get("waitlist") == "yes",
        "languages": list(SUPPORTED_LANGUAGES),
        "reminders": [rule for name, rule in _REMINDERS.items() if fields.get(name) == "yes"],
        "certificate": _rule(fields) or None,
        "contact": fields.get("contact", "").strip(),
        "privacy": {name: _texts(fields, f"privacy.{name}") for name in ("controller", "purpose", "retention")},
    }


def _rule(fields: Mapping[str, str]) -> dict[str, Any]:
    """What is asked for; nothing where everything is left empty."""
    texts = {name: fields.get(f"certificate.{name}", "").strip() for name in _NUMBERS_OF_RULE}
    rule: dict[str, Any] = {name: _number(text.removesuffix("%").rstrip()) for name, text in texts.items() if text}
    codes = {index: f"session-{position}" for position, index in enumerate(_rows(fields), start=1)}
    # A session that is not there has no code; the one that stands for it is found to be none
    if required := [codes.get(index, f"row-{index}") for index in _required(fields)]:
        rule["required_sessions"] = required
    if fields.get("certificate.needs_approval") == "yes":
        rule["needs_approval"] = True
    return rule


def _form(at: Office, values: Mapping[str, str], errors: Mapping[str, str], status: int) -> Response:
    return at.page(
        "console_new.html",
        status,
        values=values,
        errors=errors,
        countries=list_all_countries(at.visit.language),
        session_rows=range(SESSIONS),
        form_languages=SUPPORTED_LANGUAGES,
    )


def _rows(fields: Mapping[str, str]) -> list[int]:
    """The rows of the form that hold a session."""
    return [index for index in range(SESSIONS) if fields.get(f"sessions.{index}.starts") or _texts(fields, f"sessions.{index}.title")]


def _required(fields: Mapping[str, str]) -> list[int]:
    """The rows whose session nobody may miss."""
    return [index for index in range(SESSIONS) if fields.get(f"{_REQUIRED}{index}") == "yes"]


def _blame(errors: Iterable[FieldError], fields: Mapping[str, str]) -> list[FieldError]:
    """Errors by what the form asks for: the title where it lacks and no slug can be made from it, required sessions by their rows."""
    without = not fields.get("slug", "").strip() and not fields.get("title.en", "").strip()
    found = []
    for error in errors:
        if without and error.field == "slug":
            found.append(FieldError("title", "", "no_text"))
        elif error.field.startswith(_REQUIRED):
            row = _required(fields)[int(error.field.removeprefix(_REQUIRED))]
            found.append(replace(error, field=f"{_REQUIRED}{row}"))
        else:
            found.append(error)
    return found


def _texts(fields: Mapping[str, str], name: str) -> dict[str, str]:
    texts = {language: fields.get(f"{name}.{language}", "").strip() for language in SUPPORTED_LANGUAGES}
    return {language: text for language, text in texts.items() if text}


def _number(text: str) -> int | str:
    digits = text.strip()
    # Python reads no number of thousands of digits, which no field takes either
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else text


def _slug_from(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return "-".join("".join(character if character.isalnum() else " " for character in plain).split())[:60].strip("-")
