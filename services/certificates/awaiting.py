"""The job that holds a completion back until the facts told before it were read."""

import asyncio
from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from aiokafka import TopicPartition

from services.certificates.storage.workshops import read_awaiting_facts
from services.certificates.use_cases.release_completion import release_completion
from shared.runtime.database import Pool
from shared.runtime.lag import LagUnknownError, Position, Positions
from shared.runtime.telemetry import get_logger

log = get_logger(__name__)

LONGEST_LOOK = 5.0
"""Seconds that count at most between two looks: a process or a machine that stood still for minutes has not waited for anything."""

Behind: TypeAlias = dict[UUID, tuple[Mapping[TopicPartition, int], float]]


class Awaiting:
    """Releases completions.

    Topics have no order between them, so a completion may be read before the last check-ins. Registration publishes in the order of its
    commits: once everything has been read that Kafka held when the completion had been read, what was told before it is known. What is
    issued earlier would be mended by a second edition, at the cost of a second mail.

    Args:
        pool: the service's own database.
        positions: how far the service has read each partition, and where it ends.
        patience: seconds of real time in which Kafka answers and nothing more is read of what a completion waits for, after which it goes
            on all the same: a partition that this service does not get on with must not hold back certificates for ever. What other
            partitions bring does not renew it. Where the broker cannot say how things stand, as without a leader for one of them, it has
            to be mended first. While Kafka or the database is away none of it passes, and of a time in which the process stood still hardly
            any: neither could have been read.
    """

    def __init__(self, pool: Pool, *, positions: Positions, patience: float) -> None:
        self._pool = pool
        self._positions = positions
        self._patience = patience
        self._ends: dict[UUID, Mapping[TopicPartition, Position]] = {}
        """What is waited for, by workshop. A process that starts anew asks again, and waits for no less."""
        self._behind: Behind = {}
        """What of it was missing at the last look, as positions in Kafka, and for how long that has been watched."""
        self._looked = 0.0

    async def run(self) -> bool:
        """Release what need not wait any longer. Returns whether there was any."""
        # Taken away until this look has come to its end: what was seen before one that failed says nothing about the time in between.
        behind, self._behind = self._behind, {}
        async with self._pool.acquire() as connection:
            awaiting = await read_awaiting_facts(connection)
        self._ends = {workshop_id: ends for workshop_id, ends in self._ends.items() if workshop_id in awaiting}
        if not awaiting:
            return False
        # Asked after they were found: what was told before a completion is in Kafka by then.
        positions = await self._ask()
        for workshop_id in awaiting if positions else ():
            self._ends.setdefault(workshop_id, positions)
        known = [workshop_id for workshop_id, ends in self._ends.items() if not _missing(ends, positions)]
        seen = self._watch(behind, positions)
        stuck = [workshop_id for workshop_id, (missing, watched) in seen.items() if missing and watched >= self._patience]
        async with self._pool.acquire() as connection, connection.transaction():
            released = await release_completion(connection, known, waited=0.0) if known else 0
            overdue = await release_completion(connection, stuck, waited=self._patience) if stuck else 0
        self._behind = seen
        if overdue:
            log.warning("completion_released_behind", workshops=overdue, waited_seconds=self._patience)
        return released + overdue > 0

    def _watch(self, before: Behind, positions: Mapping[TopicPartition, Position]) -> Behind:
        """What each workshop misses now, and for how long, look by look, nothing more of that has been read."""
        now = _real_time()
        passed, self._looked = min(now - self._looked, LONGEST_LOOK), now
        found: Behind = {}
        for workshop_id, ends in self._ends.items() if positions else ():
            missing = _missing(ends, positions)
            earlier, watched = before.get(workshop_id, (None, 0.0))
            found[workshop_id] = missing, watched + passed if missing == earlier else 0.0
        return found

    async def _ask(self) -> Mapping[TopicPartition, Position]:
        try:
            return await self._positions()
        except LagUnknownError:
            return {}


def _real_time() -> float:
    """Seconds, of the loop: a simulation has a time of its own."""
    return asyncio.get_running_loop().time()


def _missing(ends: Mapping[TopicPartition, Position], now: Mapping[TopicPartition, Position]) -> dict[TopicPartition, int]:
    """How far the partitions have been read whose ends have not been reached yet; what nobody knows has not been read at all."""
    read = {partition: now[partition].read if partition in now else -1 for partition in ends}
    return {partition: offset for partition, offset in read.items() if offset < ends[partition].end}
