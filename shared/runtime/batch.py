"""The effects of one batch in one open transaction."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeGuard
from uuid import UUID

from shared.contracts.topics import Topic
from shared.runtime import dead_letter_rows, inbox
from shared.runtime.consumption import TERMINAL_TYPES, Consumers, Received, ReceivedTombstone
from shared.runtime.database import Connection
from shared.runtime.failures import describe, transient
from shared.runtime.records import Item, ReadEvent, ReadTombstone, Unreadable
from shared.runtime.telemetry import correlated, get_logger
from shared.runtime.tracing import Role, span

log = get_logger(__name__)


class Batch:
    """Applies records through a service's handlers; `outcomes` counts what became of them."""

    def __init__(self, consumers: Consumers, topic: Topic, *, now: datetime) -> None:
        self._consumers = consumers
        self._topic = topic
        self._now = now
        self._erased: dict[UUID, bool] = {}
        self.outcomes: Counter[str] = Counter()

    async def together(self, connection: Connection, items: Sequence[Item]) -> None:
        """All records without savepoints; the first failure of a handler is raised."""
        fresh = await inbox.enter(connection, self._topic, [item for item in items if self._enters_inbox(item)])
        for item in items:
            if self._enters_inbox(item):
                if item.event_id not in fresh:
                    self.outcomes["repeated"] += 1
                    continue
                fresh.remove(item.event_id)
            await self._apply(connection, item)

    async def one_by_one(self, connection: Connection, items: Sequence[Item]) -> None:
        """Each record in a savepoint; one whose handler fails is set aside and the rest goes on.

        Raises what is transient, and whatever keeps a dead letter from being written.
        """
        for item in items:
            before = Counter(self.outcomes)
            try:
                await self.alone(connection, item)
            except Exception as error:
                if transient(error):
                    raise
                self.outcomes = before
                self._erased.clear()
                await self._set_aside(connection, item, f"handler failed: {describe(error)}")

    async def alone(self, connection: Connection, item: Item) -> None:
        """One record in a savepoint of its own, with deferred constraints checked before the savepoint is released."""
        async with connection.transaction():
            if self._enters_inbox(item) and not await inbox.enter(connection, self._topic, [item]):
                self.outcomes["repeated"] += 1
                return
            await self._apply(connection, item)
            check = connection.transaction()
            await check.start()
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await check.rollback()  # to what was deferred before: the next record may need it

    def _enters_inbox(self, item: Item) -> TypeGuard[ReadEvent | ReadTombstone]:
        if isinstance(item, ReadEvent):
            return self._consumers.handler(item.type) is not None
        return isinstance(item, ReadTombstone) and item.event_id is not None and self._consumers.tombstone_handler(self._topic) is not None

    async def _apply(self, connection: Connection, item: Item) -> None:
        if isinstance(item, Unreadable):
            await self._set_aside(connection, item, item.reason)
        elif isinstance(item, ReadTombstone):
            await self._apply_tombstone(connection, item)
        else:
            await self._apply_event(connection, item)

    async def _apply_tombstone(self, connection: Connection, item: ReadTombstone) -> None:
        handler = self._consumers.tombstone_handler(self._topic)
        if handler is None:
            self.outcomes["ignored"] += 1
            return
        with self._span(item):
            await handler(connection, ReceivedTombstone(self._topic, item.key, item.type, item.event_id, self._now))
        self._erased.pop(item.key, None)
        self.outcomes["handled"] += 1

    async def _apply_event(self, connection: Connection, item: ReadEvent) -> None:
        handler = self._consumers.handler(item.type)
        if handler is None:
            self.outcomes["ignored"] += 1
            return
        if item.type not in TERMINAL_TYPES and await self._is_erased(connection, item.key):
            self.outcomes["erased"] += 1
            return
        if item.type in TERMINAL_TYPES:
            # Before its handler: a letter of this key that is being replayed must have had its effect, or have none.
            await dead_letter_rows.lock_key(connection, item.key)
        with correlated(item.envelope.correlationid), self._span(item):
            await handler(connection, Received(item.event, item.envelope, self._now))
        if item.type in TERMINAL_TYPES:
            # Here and not in each service's handler, so that none can forget it.
            await dead_letter_rows.delete_for_key(connection, item.key)
            self._erased.pop(item.key, None)
        self.outcomes["handled"] += 1

    def _span(self, item: ReadEvent | ReadTombstone) -> AbstractContextManager[object]:
        place = {"messaging.destination.name": self._topic.name, "messaging.kafka.offset": item.record.offset, "atelier.key": str(item.key)}
        return span(f"process {item.type or 'tombstone'}", Role.CONSUMER, cause=item.traceparent, attributes=place)

    async def _is_erased(self, connection: Connection, key: UUID) -> bool:
        if self._consumers.is_erased is None:
            return False
        if key not in self._erased:
            self._erased[key] = await self._consumers.is_erased(connection, key)
        return self._erased[key]

    async def _set_aside(self, connection: Connection, item: Item, reason: str) -> None:
        place = {"topic": self._topic.name, "partition": item.record.partition, "offset": item.record.offset}
        ends_key = isinstance(item, ReadTombstone) or (isinstance(item, ReadEvent) and item.type in TERMINAL_TYPES)
        if item.key is not None:
            # An erasure that has not committed yet could neither be seen here, nor see the letter that is written here.
            await dead_letter_rows.lock_key(connection, item.key)
        if not ends_key and item.key is not None and await self._leaves_nothing(connection, item.key):
            self.outcomes["erased"] += 1  # its bytes may be personal and must not outlive the erasure
            log.warning("record_of_erased_key_dropped", **place, reason=reason)
            return
        await dead_letter_rows.store(connection, self._topic, item, reason=reason)
        self.outcomes["dead"] += 1
        log.error("record_set_aside", **place, reason=reason)

    async def _leaves_nothing(self, connection: Connection, key: UUID) -> bool:
        check = self._consumers.sets_aside_nothing_of
        # Asked anew each time: another transaction may have erased the key since this batch first asked.
        return check is not None and await check(connection, key)
