"""One LISTEN connection a process, which turns notifications into wake-ups."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import asyncpg

from shared.runtime.database import connect
from shared.runtime.failures import describe
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import get_logger
from shared.runtime.waiting import Backoff, Stop

log = get_logger(__name__)


class Listener:
    """Keeps a connection that listens, and connects again when it is lost. A wake-up only shortens a wait: losing some is harmless."""

    def __init__(self, settings: ServiceSettings, *, application_name: str, stop: Stop) -> None:
        self._settings = settings
        self._application_name = application_name
        self._stop = stop
        self._wakes: dict[str, list[asyncio.Event]] = {}

    def wake(self, channel: str | None) -> asyncio.Event:
        """An event that is set by each notification of the channel; without a channel, by `wake_all` alone."""
        event = asyncio.Event()
        self._wakes.setdefault(channel or "", []).append(event)
        return event

    def wake_all(self) -> None:
        """Wake everybody: something may have been missed, or business time was moved."""
        self._set(event for events in self._wakes.values() for event in events)

    @staticmethod
    def _set(events: Iterable[asyncio.Event]) -> None:
        for event in events:
            event.set()

    async def run(self) -> None:
        """Listen until told to stop."""
        backoff = Backoff(first=0.2, longest=10.0)
        while not self._stop.requested:
            connection = None
            try:
                connection = await connect(self._settings, application_name=self._application_name)
                await self._listen(connection, backoff)
            except Exception as error:  # noqa: BLE001  # whatever it was, a new connection is the way out
                log.warning("listening_interrupted", attempt=backoff.attempts + 1, cause=describe(error))
                await self._stop.wait(backoff.next())
            finally:
                if connection is not None:
                    with suppress(Exception):
                        await connection.close(timeout=2.0)

    async def _listen(self, connection: asyncpg.Connection, backoff: Backoff) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        for channel in list(filter(None, self._wakes)):
            await connection.add_listener(channel, lambda _connection, _pid, channel, _payload: self._set(self._wakes[channel]))
        self.wake_all()
        backoff.reset()
        while not self._stop.requested and not lost.is_set():
            await self._stop.wait_or(lost, 15.0)
            if not self._stop.requested:
                await connection.execute("SELECT 1", timeout=5.0)
