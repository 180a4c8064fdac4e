"""Processing a batch: one transaction for its effects, its inbox rows and its dead letters; then one offset commit."""

from collections import Counter
from collections.abc import Sequence

from aiokafka import ConsumerRecord

from shared.contracts.topics import Topic
from shared.runtime.batch import Batch
from shared.runtime.clock import Clock
from shared.runtime.consumption import Consumers
from shared.runtime.database import Pool
from shared.runtime.failures import describe, transient
from shared.runtime.records import Item, read
from shared.runtime.telemetry import CONSUMED, RETRIES, get_logger
from shared.runtime.tracing import Role, span
from shared.runtime.waiting import Activity, Backoff, Stop

log = get_logger(__name__)


class StoppingError(Exception):
    """The process is stopping while a batch waits: its offsets are not committed, the next process reads it again."""


class BatchProcessor:
    """Takes a topic's records until they are done, however long the database is away."""

    def __init__(self, consumers: Consumers, *, pool: Pool, clock: Clock, stop: Stop, activity: Activity) -> None:
        self._consumers = consumers
        self._pool = pool
        self._clock = clock
        self._stop = stop
        self._activity = activity
        self.progress = Counter[str]()
        """Batches finished, by topic."""
        self.busy = Counter[str]()
        """Batches being processed now, by topic."""
        self.waits = 0
        """Attempts that failed and were waited for."""

    async def process(self, topic: Topic, records: Sequence[ConsumerRecord]) -> None:
        """Process records of one topic. Returns when every record has been handled, ignored, dropped or set aside.

        First all at once. If a handler fails, the transaction is rolled back and done again record by record, and what fails then is
        set aside. While the database cannot be reached, or a dead letter cannot be written, nothing is given up: it waits.

        Raises:
            StoppingError: the process is stopping.
        """
        self.busy[topic.name] += 1
        try:
            items = [item for item in (read(topic, record) for record in records) if item is not None]
            with span(f"receive {topic.name}", Role.CONSUMER, attributes={"messaging.batch.message_count": len(items)}):
                await self._until_done(topic, items)
        finally:
            self.busy[topic.name] -= 1
        self.progress[topic.name] += 1

    async def _until_done(self, topic: Topic, items: Sequence[Item]) -> None:
        if not items:
            return
        backoff, one_by_one = Backoff(first=0.1, longest=10.0), False
        while True:
            batch = Batch(self._consumers, topic, now=self._clock.now())
            try:
                async with self._pool.acquire(timeout=10.0) as connection, connection.transaction():
                    if one_by_one:
                        await batch.one_by_one(connection, items)
                    else:
                        await batch.together(connection, items)
            except Exception as error:  # noqa: BLE001  # nothing may be given up: it is redone or waited for
                if not transient(error) and not one_by_one:
                    one_by_one = True
                    log.info("batch_redone_one_by_one", topic=topic.name, records=len(items), cause=describe(error))
                    continue
                self.waits += 1
                RETRIES.labels(f"consume {topic.name}").inc()
                log.warning("batch_waits", topic=topic.name, attempt=backoff.attempts + 1, cause=describe(error))
                if await self._stop.wait(backoff.next()):
                    raise StoppingError from None
            else:
                for outcome, count in batch.outcomes.items():
                    CONSUMED.labels(topic.name, outcome).inc(count)
                self._activity.add(len(items))
                return
