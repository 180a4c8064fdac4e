"""A span for each web request, named by its route."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime import tracing
from shared.runtime.routes import is_watching, route_of
from shared.runtime.tracing import Role

_FAILED = 500


class RequestSpanMiddleware:
    """Makes a span of each request that may do something.

    It has the route's template, never the path or the query: these hold the tokens of personal links. A trace context that comes with the
    request is linked and not continued: strangers decide neither what is recorded, nor into whose trace it goes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, inside its span."""
        if not tracing.is_recording() or scope["type"] != "http" or is_watching(scope["path"]):
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        with tracing.span(method, Role.SERVER, attributes={"http.request.method": method}) as span:
            status = _FAILED

            async def answer(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            tracing.link_to(span, Headers(scope=scope).get(tracing.HEADER))
            try:
                await self._app(scope, receive, answer)
            finally:
                route = route_of(scope)
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
