"""A connection that asks one thing after another over HTTP/1.1, with as little work of its own as possible."""

import asyncio
from dataclasses import dataclass, field
from typing import Self, cast

import httptools


@dataclass
class Answer:
    """`headers` has lower-case names; `body` is complete."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of the body, as they came over the wire."""
        return len(self.body)


class Connection(asyncio.Protocol):
    """One question at a time. OSError where the other side goes away."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer = Answer()
        self._body: list[bytes] = []
        self._waiting: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        """Connect."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._transport is None or self._transport.is_closing()

    async def ask(self, request: bytes) -> Answer:
        """Send a complete request and wait for the complete answer."""
        if self.closed:
            raise ConnectionResetError("the connection is closed")
        self._answer, self._body = Answer(), []
        self._waiting = asyncio.get_running_loop().create_future()
        cast("asyncio.Transport", self._transport).write(request)
        return await self._waiting

    def close(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Protocol's."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by type

    def data_received(self, data: bytes) -> None:
        """Protocol's."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Protocol's."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Parser's."""
        self._answer.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Parser's."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Parser's."""
        self._answer.status = self._parser.get_status_code()
        self._answer.body = b"".join(self._body)
        # The parser is good for the next answer on the same connection only if it was told to keep alive, which is what HTTP/1.1 does.
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._answer)


def get(host: str, path: str, *, language: str = "en", more: str = "") -> bytes:
    """A request for a page; `more` are complete header lines."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Language: {language}\r\nAccept: text/html\r\n{more}\r\n".encode("latin-1")


def post(host: str, path: str, body: bytes, *, origin: str, language: str = "en", more: str = "") -> bytes:
    """A form as a browser sends it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nAccept-Language: {language}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode("latin-1") + body
