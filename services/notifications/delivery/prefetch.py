"""Messages claimed ahead for all senders of one worker: one claim serves several of them."""

import asyncio
from collections import deque

from services.notifications.domain.message_id import domain_of
from services.notifications.domain.outgoing import Outgoing
from services.notifications.settings import NotificationsSettings
from services.notifications.use_cases.claim_messages import claim_messages
from shared.runtime.clock import Clock
from shared.runtime.database import Pool
from shared.runtime.waiting import Stop

EACH = 4
"""Messages claimed at once for each sender: few, so that several workers share what there is."""


class Prefetch:
    """Hands out messages one at a time, in the order in which they are to leave.

    Senders that are woken together share one look: whoever asked before it began, and finds nothing left of it, need not look again.
    """

    def __init__(self, settings: NotificationsSettings, *, pool: Pool, clock: Clock, stop: Stop) -> None:
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._stop = stop
        self._limit = EACH * settings.smtp_connections
        self._mail_domain = domain_of(settings.mail_from)
        self._stock: deque[Outgoing] = deque()
        self._claiming = asyncio.Lock()
        self._exhausted_at = float("-inf")
        """When the last look began that found everything there was."""

    async def next(self) -> Outgoing | None:
        """A claimed message. None if there is nothing more, or the process stops: then what is left is to be drained."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        while not self._stop.requested:
            if self._stock:
                return self._stock.popleft()
            async with self._claiming:
                if self._stock:
                    continue
                if self._exhausted_at >= asked or self._stop.requested:
                    return None
                await self._claim()
        return None

    def drain(self) -> list[Outgoing]:
        """What nobody has taken, which is still claimed: whoever asks gives it back."""
        left, self._stock = list(self._stock), deque()
        return left

    @property
    def stopping(self) -> bool:
        """Whether nothing more is handed out."""
        return self._stop.requested

    async def _claim(self) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            began = asyncio.get_running_loop().time()
            messages, skipped = await claim_messages(
                connection,
                limit=self._limit,
                lease_seconds=self._settings.claim_seconds,
                mail_domain=self._mail_domain,
                now=self._clock.now(),
            )
        if len(messages) < self._limit and not skipped:  # behind what was skipped another of the same registration may have waited
            self._exhausted_at = began
        self._stock.extend(messages)
