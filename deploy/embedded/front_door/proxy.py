"""Passing requests on: streamed both ways, hop-by-hop headers left out, the visitor's address told."""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import aiohttp
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from yarl import URL

from deploy.embedded.front_door.routes import Upstream

_log = logging.getLogger(__name__)

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
     b"transfer-encoding", b"upgrade", b"expect")
)  # fmt: skip
"""RFC 9110, 7.6.1: they speak of one connection, and here are two. What is expected is `100 Continue`, which has been said here."""
FORGEABLE = frozenset((b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port"))
"""This is the edge: what a visitor says about where the request came from is not believed."""
PASSED_UNCHANGED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
"""Headers that the client would add where a visitor sends none."""

TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10.0, sock_connect=3.0, sock_read=60.0)
LONGEST = 65_536
_TARGET = re.compile(rb"/[!\"$-~]*")
"""Visible ASCII: what a client may send in the first line, without the fragment that it may not."""

Headers = list[tuple[bytes, bytes]]
Unavailable = Callable[[Scope, Receive, Send, Upstream], Awaitable[None]]
"""Answers in place of a process that does not."""


class _VisitorLeftError(Exception):
    """The visitor went away before the request was complete."""


class Proxy:
    """Forwards HTTP requests to an upstream process."""

    def __init__(self, unavailable: Unavailable) -> None:
        self._unavailable = unavailable
        self._opened: aiohttp.ClientSession | None = None

    @property
    def _session(self) -> aiohttp.ClientSession:
        """Made with the first request, since it belongs to the loop that serves."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                # Idle connections end here before the other side, which waits five seconds, ends them in the middle of a request.
                connector=aiohttp.TCPConnector(limit=512, keepalive_timeout=2.0),
                cookie_jar=aiohttp.DummyCookieJar(),  # what is set for one visitor is not for the next
                timeout=TIMEOUT,
                auto_decompress=False,
                skip_auto_headers=PASSED_UNCHANGED,
                max_line_size=LONGEST,
                max_field_size=LONGEST,
            )
        return self._opened

    async def forward(self, scope: Scope, receive: Receive, send: Send, upstream: Upstream) -> None:
        """One request. A process that cannot be reached, or dies before it answers, leads to the page that says so."""
        # The path goes on byte by byte: decoding and encoding it again would alter signed links.
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        if len(target) > LONGEST or not _TARGET.fullmatch(target):
            await _refuse(scope, receive, send)
            return
        address = URL(upstream.url + target.decode("ascii"), encoded=True)
        body = _read(receive) if _has_body(scope["headers"]) else None
        try:
            response = await self._session.request(scope["method"], address, headers=_inward(scope), data=body, allow_redirects=False)
        except ValueError:
            # The process was not even asked: such a request cannot be written
            await _refuse(scope, receive, send)
            return
        except (aiohttp.ClientError, TimeoutError) as error:
            if not isinstance(error.__cause__, _VisitorLeftError):
                _log.warning("%s did not answer: %s", upstream.words, type(error).__name__)
            await self._unavailable(scope, receive, send, upstream)
            return
        async with response:
            await send({"type": "http.response.start", "status": response.status, "headers": _passed_on(response.raw_headers)})
            async for chunk in response.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def close(self) -> None:
        """End idle connections."""
        if self._opened is not None:
            await self._opened.close()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("This request cannot be passed on.\n", 400)(scope, receive, send)


def _has_body(headers: Headers) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)


async def _read(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _VisitorLeftError
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _inward(scope: Scope) -> list[tuple[str, str]]:
    visitor = scope["client"][0] if scope.get("client") else "unknown"
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    passed = [(name, value) for name, value in _passed_on(scope["headers"]) if name not in FORGEABLE]
    told = {b"x-forwarded-for": visitor.encode(), b"x-forwarded-proto": scope["scheme"].encode(), b"x-forwarded-host": host}
    return [(name.decode("ascii"), _text(value)) for name, value in (*passed, *told.items())]


def _text(value: bytes) -> str:
    """As it is written out again: in UTF-8, which keeps the bytes of all that is in it already."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _passed_on(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Without the hop-by-hop ones, and those that `Connection` names."""
    headers = list(headers)
    named = {
        token.strip().lower() for name, value in headers if name.lower() == b"connection" for token in value.split(b",") if token.strip()
    }
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP | named]
