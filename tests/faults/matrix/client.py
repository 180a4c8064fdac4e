"""The public interface as the load uses it: pages, forms and the organiser API. No answer is told apart from a refusal."""

from collections.abc import Mapping
from typing import Any

import httpx

from deploy.demo.page import Page, read_page
from deploy.embedded.plain_http import no_authorities

TRY_AGAIN = {408, 425, 429}
"""Answers below 500 that ask to try again."""


class NoAnswerError(Exception):
    """Nobody knows whether it was done: the connection broke, time ran out, or somebody on the way said to try again."""


class RefusedError(Exception):
    """An answer that no fault explains. `status` is HTTP's."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"{what} was answered {status}")
        self.status = status


class Client:
    """One connection pool for a visitor or an organiser. `front_door` is the site's address without a trailing slash."""

    def __init__(self, front_door: str, *, token: str = "", language: str = "en") -> None:
        headers = {"accept-language": language, "origin": front_door} | ({"authorization": f"Bearer {token}"} if token else {})
        self._http = httpx.AsyncClient(base_url=front_door, timeout=20, trust_env=False, verify=no_authorities(), headers=headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def page(self, address: str) -> Page:
        """Open a page."""
        return read_page((await self._ask("GET", address)).text)

    async def file(self, address: str) -> bytes:
        """Fetch a file."""
        return (await self._ask("GET", address)).content

    async def post(self, address: str, values: Mapping[str, str]) -> str:
        """Send a form; returns where the answer leads to, empty where it leads nowhere."""
        answer = await self._ask("POST", address, data=dict(values))
        return str(answer.headers.get("location", ""))

    async def api(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = "", query: Mapping[str, str] | None = None
    ) -> Any:
        """Ask the organiser API; `key` makes a repeated request have no further effect."""
        headers = {"idempotency-key": key} if key else {}
        answer = await self._ask(method, f"/api/v1{path}", json=body, params=query, headers=headers)
        return answer.json() if answer.content else {}

    async def read(self, where: str, **query: str) -> Any:
        """What is there, as JSON."""
        return (await self._ask("GET", where, params=query)).json()

    async def _ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, address, **more)
        except httpx.TransportError as error:
            raise NoAnswerError(type(error).__name__) from error
        # The rest of a path may be somebody's secret link
        what = f"{method} /{answer.request.url.path.split('/')[1]}/…"
        if answer.is_server_error or answer.status_code in TRY_AGAIN:
            raise NoAnswerError(f"{what} was answered {answer.status_code}")
        if answer.is_client_error:
            raise RefusedError(
                answer.status_code, f"{what}: {answer.text[:300] if 'json' in answer.headers.get('content-type', '') else ''}"
            )
        return answer
