"""Strangers who take PostgreSQL's connections away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg

from deploy.embedded.postgres import PostgresServer

NAME = "crowd"
PASSWORD = "crowd"
AT_ONCE = 4
PAUSE = 0.02


class Crowd:
    """Connections of an ordinary user: like the services, they may not use those reserved for administrators."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._held: list[asyncpg.Connection] = []

    async def admit(self) -> None:
        """Make the user; its password is cheap to check, for many come at once."""
        connection = await asyncpg.connect(self._server.url())
        try:
            await connection.execute(f"SET scram_iterations = 1; CREATE ROLE {NAME} LOGIN PASSWORD '{PASSWORD}'")
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def holding(self, number: int) -> AsyncIterator[int]:
        """Take up to so many until no more are free, and go on taking what becomes free."""
        await self._take(number)
        grabbing = asyncio.create_task(self._grab(number))
        try:
            yield len(self._held)
        finally:
            grabbing.cancel()
            await asyncio.wait([grabbing])
            await self.leave()

    async def leave(self) -> None:
        """Let all go."""
        held, self._held = self._held, []
        for connection in held:
            connection.terminate()

    async def _grab(self, number: int) -> None:
        while True:
            await self._take(number)
            await asyncio.sleep(PAUSE)

    async def _take(self, number: int) -> None:
        while (missing := number - len(self._held)) > 0:
            if not all(await asyncio.gather(*(self._connect() for _ in range(min(AT_ONCE, missing))))):
                return

    async def _connect(self) -> bool:
        try:
            self._held.append(await asyncpg.connect(self._server.url("postgres", user=NAME, password=PASSWORD), timeout=5))
        except (asyncpg.PostgresError, OSError):
            return False
        return True
