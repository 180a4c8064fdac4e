"""People who only read, so that the other services' pages are at work too: a stranger who verifies, an organiser who looks at the mails."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from deploy.demo.page import read_page
from deploy.reconcile.read_mailbox import PATH
from tests.faults.matrix.client import Client, NoAnswerError, RefusedError
from tests.faults.matrix.load import Load

PAUSE = 0.3
"""Seconds between two looks of one reader: they must be there, not take the machine."""


class Readers:
    """`async with Readers(load, …):` they read while an act is played. `address` and `password` are an organiser's."""

    def __init__(self, load: Load, *, address: str, password: str) -> None:
        self._load = load
        self._address, self._password = address, password
        self._organiser, self._stranger = Client(load.front_door), Client(load.front_door)
        self._certificate = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._again(look)) for look in (self._look_at_mails, self._verify)]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._organiser.close()
        await self._stranger.close()

    async def _again(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._load.until_playing()
            try:
                await look()
            except NoAnswerError:
                pass
            except (RefusedError, LookupError) as error:
                self._load.complaints.append(f"a reader: {error}")
            await asyncio.sleep(PAUSE)

    async def _look_at_mails(self) -> None:
        async with self._load.request("notifications"):
            page = await self._organiser.page("/notifications")
        if not page.words:  # led to the form
            form = (await self._organiser.page("/console/login")).form_with("password")
            await self._organiser.post("/console/login", form.values | {"address": self._address, "password": self._password})

    async def _verify(self) -> None:
        if not self._certificate:
            await self._find_certificate()
        async with self._load.request("certificates"):
            if self._certificate:
                await self._stranger.page(self._certificate)
            else:
                with contextlib.suppress(RefusedError):
                    await self._stranger.page("/verify/nobody-made-this-one")

    async def _find_certificate(self) -> None:
        for entry in await self._stranger.read(PATH, purpose="certificate"):
            mail = await self._stranger.read(f"{PATH}/{entry['number']}")
            paths = (urlsplit(link).path for link in read_page(mail["html"] or "").links)
            self._certificate = next((path for path in paths if path.startswith("/verify/")), "")
            return
