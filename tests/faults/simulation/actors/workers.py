"""Parts of worker processes: the relay, and consumers with their batches."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from shared.contracts.topics import Topic
from shared.runtime.batches import BatchProcessor
from shared.runtime.consumption import Consumers
from shared.runtime.outbox import CHANNEL
from shared.runtime.relay import Relay
from shared.runtime.waiting import Activity, Stop
from tests.faults.simulation.group import Group, Member
from tests.faults.simulation.process import Process
from tests.faults.simulation.settings import SERVICE


class RelayWorker:
    """A worker that does nothing but to relay. `on_notify` says whom to tell of notifications of the service's database."""

    def __init__(self, on_notify: Callable[[Callable[[str], None]], None]) -> None:
        self._on_notify = on_notify

    async def live(self, process: Process) -> None:
        wake = asyncio.Event()
        self._on_notify(lambda channel: wake.set() if channel == CHANNEL else None)
        await Relay(SERVICE, service=process.name, wake=wake, stop=Stop(), activity=Activity()).run()


class ConsumingWorker:
    """A worker that consumes: the product's batches, and around them what the framework does: fetch, process, commit."""

    def __init__(self, consumers: Consumers, groups: Mapping[Topic, Group], *, pool: Callable[[Process], Any], clock: Any) -> None:
        self._consumers, self._groups, self._pool, self._clock = consumers, groups, pool, clock

    async def live(self, process: Process) -> None:
        processor = BatchProcessor(self._consumers, pool=self._pool(process), clock=self._clock, stop=Stop(), activity=Activity())
        for topic, group in self._groups.items():
            process.scheduler.watch(process.spawn(self._consume(topic, group.join(process), processor)))

    @staticmethod
    async def _consume(topic: Topic, member: Member, processor: BatchProcessor) -> None:
        while True:
            records = await member.take()
            await processor.process(topic, records)
            await member.commit()
