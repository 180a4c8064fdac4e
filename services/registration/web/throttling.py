"""Limits on how often somebody may try: in this process's memory, in real time."""

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter


class Throttle:
    """Counts attempts by key.

    Args:
        limit: such as `10/minute`; empty for no limit.
    """

    def __init__(self, limit: str) -> None:
        self._limit = parse(limit) if limit else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def allow(self, *keys: str) -> bool:
        """Count an attempt for each key; False as soon as one of them has had too many."""
        if self._limit is None:
            return True
        allowed = [await self._limiter.hit(self._limit, key) for key in keys]
        return all(allowed)
