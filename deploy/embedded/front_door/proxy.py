"""Passing requests on: streamed both ways, hop-by-hop headers left out, the visitor's address told."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from deploy.embedded.front_door.routes import Upstream

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
     b"transfer-encoding", b"upgrade")
)  # fmt: skip
"""RFC 9110, 7.6.1: they speak of one connection, and here are two."""
FORGEABLE = frozenset((b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port"))
"""This is the edge: what a visitor says about where the request came from is not believed."""

TIMEOUT = {"connect": 3.0, "read": 60.0, "write": 60.0, "pool": 10.0}

Headers = list[tuple[bytes, bytes]]
Unavailable = Callable[[Scope, Receive, Send, Upstream], Awaitable[None]]
"""Answers in place of a process that does not."""


class Proxy:
    """Forwards HTTP requests to an upstream process."""

    def __init__(self, unavailable: Unavailable, transport: httpx.AsyncBaseTransport | None = None) -> None:
        # A transport and not a client: a client would keep visitors' cookies, follow redirects and unpack answers.
        # Idle connections end here before the other side, which waits five seconds, ends them in the middle of a request.
        limits = httpx.Limits(max_connections=512, max_keepalive_connections=128, keepalive_expiry=2)
        self._transport = transport or httpx.AsyncHTTPTransport(limits=limits)
        self._unavailable = unavailable

    async def forward(self, scope: Scope, receive: Receive, send: Send, upstream: Upstream) -> None:
        """One request. A process that cannot be reached, or dies before it answers, leads to the page that says so."""
        try:
            address = _address(scope, upstream)
        except httpx.InvalidURL:
            await _refuse(scope, receive, send)
            return
        body = _read(receive) if _has_body(scope["headers"]) else None
        request = httpx.Request(scope["method"], address, headers=_inward(scope), content=body)
        request.extensions["timeout"] = TIMEOUT
        try:
            response = await self._transport.handle_async_request(request)
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol):
            # The process was not even asked: such a request cannot be written
            await _refuse(scope, receive, send)
            return
        except httpx.TransportError:
            await self._unavailable(scope, receive, send, upstream)
            return
        try:
            await send({"type": "http.response.start", "status": response.status_code, "headers": _passed_on(response.headers.raw)})
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()

    async def close(self) -> None:
        """End idle connections."""
        await self._transport.aclose()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("This request cannot be passed on.\n", 400)(scope, receive, send)


def _address(scope: Scope, upstream: Upstream) -> httpx.URL:
    # The path goes on byte by byte: decoding and encoding it again would alter signed links.
    path = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    return httpx.URL(upstream.url).copy_with(raw_path=path)


def _has_body(headers: Headers) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)


async def _read(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx.ReadError("the visitor went away before the request was complete")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _inward(scope: Scope) -> Headers:
    visitor = scope["client"][0] if scope.get("client") else "unknown"
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    passed = [(name, value) for name, value in _passed_on(scope["headers"]) if name not in FORGEABLE]
    told = {b"x-forwarded-for": visitor.encode(), b"x-forwarded-proto": scope["scheme"].encode(), b"x-forwarded-host": host}
    return [*passed, *told.items()]


def _passed_on(headers: Headers) -> Headers:
    """Without the hop-by-hop ones, and those that `Connection` names."""
    named = {
        token.strip().lower() for name, value in headers if name.lower() == b"connection" for token in value.split(b",") if token.strip()
    }
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP | named]
