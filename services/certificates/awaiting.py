"""The job that holds a completion back until the facts told before it were read."""

from collections.abc import Awaitable, Callable

from services.certificates.storage.workshops import read_awaiting_facts
from services.certificates.use_cases.release_completion import release_completion
from shared.runtime.database import Pool
from shared.runtime.lag import LagUnknownError
from shared.runtime.telemetry import get_logger

log = get_logger(__name__)


class Awaiting:
    """Releases completions.

    Topics have no order between them, so a completion may be read before the last check-ins. Registration publishes in the order of its
    commits: once everything has been read that was in Kafka when the completion had been read, what was told before it is known. A
    certificate issued earlier would be mended by a second edition, at the cost of a second mail.

    Args:
        pool: the service's own database.
        behind: how many records Kafka has that this service has not read; LagUnknownError where the broker does not say.
        patience: seconds of real time after which a completion goes on all the same, so that a topic that cannot be read does not hold back
            every certificate for ever.
    """

    def __init__(self, pool: Pool, *, behind: Callable[[], Awaitable[int]], patience: float) -> None:
        self._pool = pool
        self._behind = behind
        self._patience = patience

    async def run(self) -> bool:
        """Release what need not wait any longer. Returns whether there was any."""
        async with self._pool.acquire() as connection:
            awaiting = await read_awaiting_facts(connection)
        if not awaiting:
            return False
        # Asked after they were found: the answer speaks only of completions that were read before the question.
        waited = 0.0 if await self._caught_up() else self._patience
        async with self._pool.acquire() as connection, connection.transaction():
            released = await release_completion(connection, awaiting, waited=waited)
        if released and waited:
            log.warning("completion_released_behind", workshops=released, waited_seconds=waited)
        return released > 0

    async def _caught_up(self) -> bool:
        try:
            return await self._behind() == 0
        except LagUnknownError:
            return False
