"""Keeps a service's consumers running: starts the broker, judges it by its progress, and starts it anew when it is stuck."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from aiokafka import ConsumerRecord
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import LogicSubscriber

from shared.contracts.topics import Topic
from shared.runtime.batches import BatchProcessor, StoppingError
from shared.runtime.broker import create_broker
from shared.runtime.consumption import Consumers
from shared.runtime.failures import describe
from shared.runtime.lag import LagMonitor, LagUnknownError
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import RETRIES, get_logger
from shared.runtime.waiting import Backoff, Stop

log = get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds between two looks at the consumers' progress."""
STUCK_AFTER = 60.0
"""Seconds of lag on a topic without any progress there after which the consumers are started anew."""
EMPTY_AFTER = 240.0
"""Seconds without any partition after which a consumer is started anew: after 300 aiokafka's never joins again."""

LONGEST_WAIT_MS = 500
"""How long a consumer waits for records before it asks again. A stop does not wait for it."""


class StuckError(Exception):
    """The consumers make no progress though there is something to read."""


class Consuming:
    """The life of a service's consumers in one process."""

    def __init__(
        self,
        settings: ServiceSettings,
        consumers: Consumers,
        *,
        processor: BatchProcessor,
        lag: LagMonitor,
        stop: Stop,
        ready: Callable[[], Awaitable[bool]],
    ) -> None:
        self._settings = settings
        self._consumers = consumers
        self._processor = processor
        self._lag = lag
        self._stop = stop
        self._ready = ready
        self.broker: KafkaBroker | None = None
        """The broker of this moment."""

    async def run(self) -> None:
        """Consume until told to stop. Begins when the database has this code's schema."""
        backoff = Backoff(first=0.2, longest=10.0)
        while not self._stop.requested:
            self.broker = broker = create_broker(self._settings, self._consumers.service, self._consumers, process=self._process)
            try:
                while not await self._may_begin():
                    if await self._stop.wait(0.5):
                        return
                async with asyncio.timeout(60.0):
                    await broker.start()
                _wait_for_records(broker)
                backoff.reset()
                await self._watch(broker)
            except Exception as error:  # noqa: BLE001  # whatever it was, starting anew is the way out
                RETRIES.labels("broker").inc()
                log.warning("consuming_interrupted", attempt=backoff.attempts + 1, cause=describe(error))
                await self._stop.wait(backoff.next())
            finally:
                await self._end(broker)

    async def _may_begin(self) -> bool:
        """Whether the database has its schema and all topics exist; a consumer that starts without its topic blocks the others."""
        if not await self._ready():
            return False
        try:
            await self._lag.measure()
        except LagUnknownError as error:
            log.warning("consumers_wait", cause=str(error))
            return False
        return True

    async def _process(self, topic: Topic, records: Sequence[ConsumerRecord]) -> None:
        try:
            await self._processor.process(topic, records)
        except StoppingError:
            raise NackMessage from None  # not acknowledged, and no failure worth a log entry

    async def _watch(self, broker: KafkaBroker) -> None:
        progress = self._processor.progress.copy()
        since = dict.fromkeys((topic.name for topic in self._consumers.topics), assigned_at := time.monotonic())
        suspects: set[str] = set()
        while not await self._stop.wait(LOOK_EVERY):
            now = time.monotonic()
            if all(subscriber.consumer is not None and subscriber.consumer.assignment() for subscriber in _subscribers(broker)):
                assigned_at = now
            elif now - assigned_at > EMPTY_AFTER:
                raise StuckError("no partitions")
            # Each topic has a consumer of its own, which can be stuck while the others are well.
            moving = {topic for topic in since if self._processor.busy[topic] or self._processor.progress[topic] != progress[topic]}
            progress, since = self._processor.progress.copy(), since | dict.fromkeys(moving, now)
            late = {topic for topic, moment in since.items() if now - moment > STUCK_AFTER}
            behind = await self._behind(broker) if late else set()
            # Behind at two looks: what came a moment ago to a topic that was idle for long has not been fetched yet.
            if stuck := late & behind & suspects:
                raise StuckError(f"lag without progress: {', '.join(sorted(stuck))}")
            suspects = late & behind
            since |= dict.fromkeys(late - behind, now)

    async def _behind(self, broker: KafkaBroker) -> set[str]:
        """Topics with something to read in this process's own partitions; other processes' backlogs are theirs."""
        own = {partition for subscriber in _subscribers(broker) if subscriber.consumer for partition in subscriber.consumer.assignment()}
        try:
            lag = await self._lag.by_partition()
        except LagUnknownError:
            return set()
        late = {partition.topic for partition, records in lag.items() if records and partition in own}
        return {topic.name for topic in self._consumers.topics if self._settings.topic_name(topic.name) in late}

    async def _end(self, broker: KafkaBroker) -> None:
        try:
            async with asyncio.timeout(self._settings.grace_seconds + 5.0):
                await broker.stop()
        except Exception as error:  # noqa: BLE001  # it ends either way
            log.warning("consumers_ended_late", cause=describe(error))


def _subscribers(broker: KafkaBroker) -> list[LogicSubscriber[Any]]:
    return [subscriber for subscriber in broker.subscribers if isinstance(subscriber, LogicSubscriber)]


def _wait_for_records(broker: KafkaBroker) -> None:
    """Have each consumer wait until something comes. FastStream would look, sleep as long when there is nothing, and look again."""
    for subscriber in _subscribers(broker):
        if subscriber.consumer is not None:
            subscriber.consumer.getmany = partial(_getmany, subscriber.consumer.getmany)  # of this one alone


async def _getmany(getmany: Callable[..., Awaitable[Any]], *, timeout_ms: int, max_records: int) -> Any:
    return await getmany(timeout_ms=max(timeout_ms, LONGEST_WAIT_MS), max_records=max_records)
