"""The job that holds a completion back until the facts told before it were read."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from aiokafka import TopicPartition

from services.certificates.storage.workshops import read_awaiting_facts
from services.certificates.use_cases.release_completion import release_completion
from shared.runtime.database import Pool
from shared.runtime.lag import LagUnknownError, Position, Positions
from shared.runtime.telemetry import get_logger

log = get_logger(__name__)


class Awaiting:
    """Releases completions.

    Topics have no order between them, so a completion may be read before the last check-ins. Registration publishes in the order of its
    commits: once everything has been read that Kafka held when the completion had been read, what was told before it is known. What is
    issued earlier would be mended by a second edition, at the cost of a second mail.

    Args:
        pool: the service's own database.
        positions: how far the service has read each partition, and where it ends.
        patience: seconds of real time in which nothing more is read of a Kafka that answers, after which a completion goes on all the
            same: a partition that cannot be read must not hold back every certificate for ever. While Kafka is away, none of it passes.
    """

    def __init__(self, pool: Pool, *, positions: Positions, patience: float) -> None:
        self._pool = pool
        self._positions = positions
        self._patience = patience
        self._ends: dict[UUID, Mapping[TopicPartition, Position]] = {}
        """What is waited for, by workshop. A process that starts anew asks again, and waits for no less."""
        self._read: Mapping[TopicPartition, int] = {}
        self._nothing_read_since = 0.0

    async def run(self) -> bool:
        """Release what need not wait any longer. Returns whether there was any."""
        async with self._pool.acquire() as connection:
            awaiting = await read_awaiting_facts(connection)
        self._ends = {workshop_id: ends for workshop_id, ends in self._ends.items() if workshop_id in awaiting}
        if not awaiting:
            return False
        # Asked after they were found: what was told before a completion is in Kafka by then.
        positions = await self._ask()
        for workshop_id in awaiting if positions else ():
            self._ends.setdefault(workshop_id, positions)
        known = [workshop_id for workshop_id, ends in self._ends.items() if _passed(ends, positions)]
        async with self._pool.acquire() as connection, connection.transaction():
            released = await release_completion(connection, known, waited=0.0) if known else 0
            overdue = await release_completion(connection, awaiting, waited=self._patience) if self._stands_still(positions) else 0
        if overdue:
            log.warning("completion_released_behind", workshops=overdue, waited_seconds=self._patience)
        return released + overdue > 0

    def _stands_still(self, positions: Mapping[TopicPartition, Position]) -> bool:
        """Whether Kafka answers, and nothing more has been read for as long as patience lasts."""
        now, read = asyncio.get_running_loop().time(), {partition: position.read for partition, position in positions.items()}
        if not read or read != self._read:
            self._read, self._nothing_read_since = read, now
            return False
        return now - self._nothing_read_since >= self._patience

    async def _ask(self) -> Mapping[TopicPartition, Position]:
        try:
            return await self._positions()
        except LagUnknownError:
            return {}


def _passed(ends: Mapping[TopicPartition, Position], now: Mapping[TopicPartition, Position]) -> bool:
    """Whether everything before these ends has been read; what nobody knows has not."""
    return all(partition in now and now[partition].read >= position.end for partition, position in ends.items())
