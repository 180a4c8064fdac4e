"""Somebody who opens one page after the other, and how long each took."""

import time
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlencode, urlsplit

from bench.load.http import Answer, Connection, get, post

SEE_OTHER = 303


class UnexpectedAnswerError(RuntimeError):
    """The site answered with something other than what was asked for."""


class Reader:
    """`async with Reader(site, origin) as reader:`; one connection, one request at a time. Cookies are sent once they were set.

    `site` is the web process itself, `origin` the address that people see. `seconds` are those of each page that was opened, from the
    request's first byte to the answer's last.
    """

    def __init__(self, site: str, origin: str) -> None:
        parts = urlsplit(site)
        self._host, self._port, self._origin = parts.hostname or "", parts.port or 80, origin
        self._cookies: dict[str, str] = {}
        self._connection: Connection
        self.seconds: list[float] = []

    async def __aenter__(self) -> Self:
        self._connection = await Connection.open(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._connection.close()

    async def open(self, path: str, *, expected: int = 200) -> Answer:
        """Ask for a page. Raises UnexpectedAnswerError for any other status."""
        answer, seconds = await self._ask(get(self._at, path, more=self._cookie_line))
        self.seconds.append(seconds)
        return self._kept(path, answer, expected)

    async def send(self, path: str, fields: Mapping[str, str] | bytes, *, expected: int = SEE_OTHER) -> Answer:
        """Send a form. Raises UnexpectedAnswerError for any other status."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode("ascii")
        answer, _ = await self._ask(post(self._at, path, body, origin=self._origin, more=self._cookie_line))
        return self._kept(path, answer, expected)

    async def _ask(self, request: bytes) -> tuple[Answer, float]:
        began = time.perf_counter()
        try:
            answer = await self._connection.ask(request)
        except ConnectionError:
            # The server closes a connection that was silent for some seconds; a browser opens another one.
            self._connection = await Connection.open(self._host, self._port)
            began = time.perf_counter()
            answer = await self._connection.ask(request)
        return answer, time.perf_counter() - began

    @property
    def _at(self) -> str:
        return f"{self._host}:{self._port}"

    @property
    def _cookie_line(self) -> str:
        return f"Cookie: {'; '.join(f'{name}={value}' for name, value in self._cookies.items())}\r\n" if self._cookies else ""

    def _kept(self, path: str, answer: Answer, expected: int) -> Answer:
        if cookie := answer.headers.get("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status != expected:
            raise UnexpectedAnswerError(f"/{path.split('/')[1]}/… was answered {answer.status}, not {expected}")
        return answer
