"""Defects of reading, whoever reads: the inbox skipped, and records acknowledged too early."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from shared.runtime import batch
from shared.runtime.batches import BatchProcessor
from tests.faults.simulation.actors.workers import ConsumingWorker
from tests.faults.simulation.defects.planting import Planted
from tests.faults.simulation.group import Member


def inbox_skipped() -> Planted:
    """Every event counts as new."""

    async def enter(_connection: Any, _topic: Any, items: Sequence[Any]) -> set[Any]:
        return {item.event_id for item in items}

    return patch.object(batch.inbox, "enter", enter)


def acknowledged_before_commit() -> Planted:
    """Offsets are committed before the batch's transaction."""

    async def consume(topic: Any, member: Member, processor: BatchProcessor) -> None:
        while True:
            records = await member.take()
            await member.commit()
            await processor.process(topic, records)

    return patch.object(ConsumingWorker, "_consume", staticmethod(consume))
