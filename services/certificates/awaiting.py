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
        patience: seconds of real time in which Kafka answers and nothing more is read of what a completion waits for, after which it goes
            on all the same: a partition that cannot be read must not hold back certificates for ever. What other partitions bring does
            not renew it. While Kafka is away, none of it passes.
    """

    def __init__(self, pool: Pool, *, positions: Positions, patience: float) -> None:
        self._pool = pool
        self._positions = positions
        self._patience = patience
        self._ends: dict[UUID, Mapping[TopicPartition, Position]] = {}
        """What is waited for, by workshop. A process that starts anew asks again, and waits for no less."""
        self._behind: dict[UUID, tuple[Mapping[TopicPartition, int], float]] = {}
        """What of it was missing at the last look, as positions in Kafka, and since when that is so."""

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
        known = [workshop_id for workshop_id, ends in self._ends.items() if not _behind(ends, positions)]
        stuck = self._standing_still(positions)
        async with self._pool.acquire() as connection, connection.transaction():
            released = await release_completion(connection, known, waited=0.0) if known else 0
            overdue = await release_completion(connection, stuck, waited=self._patience) if stuck else 0
        if overdue:
            log.warning("completion_released_behind", workshops=overdue, waited_seconds=self._patience)
        return released + overdue > 0

    def _standing_still(self, positions: Mapping[TopicPartition, Position]) -> list[UUID]:
        """Workshops of whose missing facts nothing more has been read for as long as patience lasts."""
        now = asyncio.get_running_loop().time()
        before, self._behind = self._behind, {}
        for workshop_id, ends in self._ends.items() if positions else ():
            behind = _behind(ends, positions)
            same, since = before.get(workshop_id, (None, now))
            self._behind[workshop_id] = behind, since if behind == same else now
        return [workshop_id for workshop_id, (behind, since) in self._behind.items() if behind and now - since >= self._patience]

    async def _ask(self) -> Mapping[TopicPartition, Position]:
        try:
            return await self._positions()
        except LagUnknownError:
            return {}


def _behind(ends: Mapping[TopicPartition, Position], now: Mapping[TopicPartition, Position]) -> dict[TopicPartition, int]:
    """How far the partitions have been read whose ends have not been reached yet; what nobody knows has not been read at all."""
    read = {partition: now[partition].read if partition in now else -1 for partition in ends}
    return {partition: offset for partition, offset in read.items() if offset < ends[partition].end}
