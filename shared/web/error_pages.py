"""Pages for what cannot be answered, in the look and the language of all others."""

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.runtime.failures import transient
from shared.web.pages import Pages

_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _UNAVAILABLE = 400, 403, 404, 429, 503


def install_error_pages(app: FastAPI, pages: Pages, *, except_under: tuple[str, ...] = ("/api/",)) -> None:
    """Errors become pages, except for programs: under `except_under` they stay what they are.

    A database that is away for a while is a page too, which says to come back; anything unforeseen stays an error of the server.
    """

    async def answer(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        if error.status_code < _BAD_REQUEST or request.url.path.startswith(except_under):
            return await http_exception_handler(request, error)
        return error_page(pages, request, error.status_code, headers=dict(error.headers or {}))

    async def answer_away(request: Request, error: Exception) -> Response:
        if not transient(error) or request.url.path.startswith(except_under):
            raise error
        return error_page(pages, request, _UNAVAILABLE, headers={"Retry-After": "10"})

    app.add_exception_handler(HTTPException, answer)
    for kind in (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        app.add_exception_handler(kind, answer_away)


def error_page(pages: Pages, request: Request, status: int, *, headers: dict[str, str] | None = None) -> Response:
    """The page for a status. It says what a visitor can do, never what went wrong inside."""
    _ = pages.translator(request)
    heading, sentence = {
        _FORBIDDEN: (_("Not allowed"), _("You are signed in, but this is not open to you.")),
        _NOT_FOUND: (_("There is nothing here"), _("The address may be mistyped, or what stood here is gone.")),
        _UNAVAILABLE: (_("Not available at this moment"), _("Please come back in a minute. Nothing that was accepted is lost.")),
        _TOO_MANY: (_("Too many attempts"), _("Please wait a minute and try again.")),
    }.get(status, (_("That did not work"), _("Please try again. If it happens again, tell the organisers.")))
    return pages.response(
        request, "message.html", status, headers=headers, heading=heading, sentences=[sentence], onward=("/workshops", _("All workshops"))
    )
