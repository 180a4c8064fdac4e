"""A request's body is bounded before anything reads it: it is read before the token is looked at."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.registration.web.api.problems import problem

MAXIMUM_BODY = 1_000_000
"""Bytes; a workshop's definition of reasonable size has some thousands."""


class BodyLimitMiddleware:
    """Answers 413 to a body that says it is larger, and cuts off one that turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body stays within the bound."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > MAXIMUM_BODY:
            await problem(413, "too_large", f"A body may have {MAXIMUM_BODY} bytes.")(scope, receive, send)
            return
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > MAXIMUM_BODY:
                    return {"type": "http.disconnect"}
            return message

        await self._app(scope, bounded, send)
