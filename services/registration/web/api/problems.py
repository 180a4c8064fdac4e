"""Errors as RFC 9457 problem documents that name the field. Values are never repeated: they may be personal."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.registration.domain.form import InvalidFormError
from services.registration.domain.refusals import ConflictError, InvalidFieldError, NotFoundError, RefusedError
from services.registration.domain.workshop_consistency import FieldError, InvalidWorkshopError
from services.registration.web.public_form_errors import explain
from shared.runtime.database import transient

MEDIA_TYPE = "application/problem+json"
_LONGEST_FIELD = 200


class ProblemField(BaseModel):
    """One thing to correct."""

    field: str = Field(description="Path in the body, such as sessions.0.starts; or the name of a parameter; empty for the whole")
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(default="about:blank")
    title: str
    status: int
    detail: str | None = None
    code: str = Field(description="For programs, such as workshop_is_draft")
    errors: list[ProblemField] = Field(default_factory=list)


def _content(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}, "model": Problem}


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: _content("The request cannot be read"),
    401: _content("The token is missing or not valid"),
    404: _content("There is no such thing"),
    409: _content("Its state does not allow this"),
    412: _content("It is at another version"),
    413: _content("The body is too large"),
    422: _content("Something needs correcting; `errors` names the fields"),
    503: _content("The database is away; the same request may be sent again"),
}


def problem(
    status: int, code: str, detail: str | None = None, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem document as a response."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        errors=[ProblemField(field=_writable(error.field)[:_LONGEST_FIELD], message=_writable(error.message)) for error in errors],
    )
    return JSONResponse(body.model_dump(exclude_none=True), status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    app.add_exception_handler(RefusedError, _on_refused)
    app.add_exception_handler(InvalidWorkshopError, _on_invalid_workshop)
    app.add_exception_handler(InvalidFormError, _on_invalid_form)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http)
    for outage in (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        app.add_exception_handler(outage, _on_outage)
    app.add_exception_handler(Exception, _on_any)


async def _on_refused(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, NotFoundError):
        return problem(404, error.code, str(error))
    if isinstance(error, InvalidFieldError):
        return problem(422, error.code, "Something needs correcting.", [FieldError(error.field, str(error))])
    if isinstance(error, ConflictError) and error.code == "version_differs":
        return problem(412, error.code, str(error))
    return problem(409, getattr(error, "code", RefusedError.code), str(error))


async def _on_invalid_workshop(_request: Request, error: Exception) -> JSONResponse:
    errors = error.errors if isinstance(error, InvalidWorkshopError) else ()
    return problem(422, InvalidFieldError.code, "Something needs correcting.", errors)


async def _on_invalid_form(_request: Request, error: Exception) -> JSONResponse:
    sentences = explain(error.errors, str) if isinstance(error, InvalidFormError) else {}
    errors = [FieldError(name, sentence) for name, sentence in sentences.items()]
    return problem(422, InvalidFieldError.code, "Something needs correcting.", errors)


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    if any(detail["type"] == "json_invalid" for detail in details):
        return problem(400, "invalid_json", "The body is not JSON.")
    errors = [
        FieldError(".".join(str(part) for part in detail["loc"][1:]), str(detail["msg"]).removeprefix("Value error, "))
        for detail in details
    ]
    return problem(422, InvalidFieldError.code, "Something needs correcting.", errors)


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, HTTPStatus(error.status_code).name.lower(), str(error.detail), headers=error.headers)


async def _on_outage(_request: Request, error: Exception) -> JSONResponse:
    if not transient(error):
        raise error
    return problem(503, "unavailable", "The database is away. The same request may be sent again.", headers={"Retry-After": "5"})


async def _on_any(_request: Request, _error: Exception) -> JSONResponse:
    return problem(500, "internal_error", "This is our mistake, and it was logged.")


def _writable(text: str) -> str:
    # A field's name comes from the client and may hold half of a surrogate pair, which no encoder writes.
    return text.encode("utf-8", "replace").decode()
