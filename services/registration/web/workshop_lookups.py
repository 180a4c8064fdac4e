"""Workshops by their names in addresses: visitors who come at the same moment are answered by one query."""

import asyncio
from contextvars import Context

from services.registration.domain.workshop import Workshop
from services.registration.storage import workshops
from shared.runtime.database import Pool, transient


class WorkshopLookups:
    """Looks workshops up for the pages of one web process.

    Nothing is kept: every answer was read after it was asked for. Whoever asks while a query is under way shares the next one.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._asked: dict[str, asyncio.Future[Workshop | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def find(self, slug: str) -> Workshop | None:
        """The workshop as it stands now, whatever its state; None where there is none of that name."""
        asked = self._asked.get(slug)
        if asked is None:
            asked = self._asked[slug] = asyncio.get_running_loop().create_future()
        if self._task is None:
            # A context of its own: what many share carries the correlation id and trace of none.
            self._task = asyncio.create_task(self._answer(), context=Context())
        return await asyncio.shield(asked)

    async def _answer(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                await self._answer_these(asked)
        finally:
            self._task = None

    async def _answer_these(self, asked: dict[str, "asyncio.Future[Workshop | None]"]) -> None:
        try:
            async with self._pool.acquire() as connection:
                found = await workshops.find_by_slugs(connection, list(asked))
        except Exception as error:  # noqa: BLE001 - whatever it is, everybody whom it concerns hears of it
            if len(asked) > 1 and not transient(error):
                # One that cannot be read is no reason to answer nobody.
                for slug, answer in asked.items():
                    await self._answer_these({slug: answer})
                return
            for answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # marks it as seen: whoever asked may have left
        else:
            for slug, answer in asked.items():
                answer.set_result(found.get(slug))
        finally:
            for answer in asked.values():
                answer.cancel()
