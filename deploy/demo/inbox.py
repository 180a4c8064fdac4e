"""The mailbox as the demonstration uses it: it waits for a person's mail and reads the link in it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx

from deploy.demo.page import read_page
from deploy.reconcile.read_mailbox import PATH

PAUSE_SECONDS = 0.05
"""Between two looks. What is measured are the mailbox's own times of arrival, so that looking less often costs nothing."""


class MissingMailError(RuntimeError):
    """A mail did not come in time."""


class Inbox:
    """Client of the mailbox behind the front door."""

    def __init__(self, front_door: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._browser = httpx.AsyncClient(base_url=front_door, timeout=30, trust_env=False, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._browser.aclose()

    async def newest_number(self) -> int:
        """The number of the mail that came last; 0 where there is none."""
        return max((entry["number"] for entry in await self.entries()), default=0)

    async def entries(self, **query: str | int) -> Sequence[Mapping[str, Any]]:
        """The list, oldest first; `address`, `purpose` and `after` narrow it."""
        answer = await self._browser.get(PATH, params=query)
        answer.raise_for_status()
        entries: Sequence[Mapping[str, Any]] = answer.json()
        return entries

    async def wait_for(self, address: str, *, after: int = 0, purpose: str = "", within: float = 30) -> Mapping[str, Any]:
        """The first mail to an address that came after a number. Raises MissingMailError when `within` seconds have passed."""
        deadline = time.monotonic() + within
        while True:
            for entry in await self.entries(address=address, after=after, purpose=purpose):
                return entry
            if time.monotonic() > deadline:
                raise MissingMailError(f"No {purpose or 'mail'} came to a person's mailbox within {within:g} seconds.")
            await asyncio.sleep(PAUSE_SECONDS)

    async def links(self, number: int) -> Sequence[str]:
        """The targets of the links in a mail's HTML."""
        answer = await self._browser.get(f"{PATH}/{number}")
        answer.raise_for_status()
        return read_page(answer.json()["html"] or "").links

    async def source(self, number: int) -> bytes:
        """The mail exactly as it came."""
        answer = await self._browser.get(f"/mailbox/messages/{number}/source")
        answer.raise_for_status()
        return answer.content
