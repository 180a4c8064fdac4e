"""The effects of one batch in one open transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeGuard
from uuid import UUID

from shared.contracts.topics import Topic
from shared.runtime import dead_letter_rows, inbox
from shared.runtime.consumption import TERMINAL_TYPES, Consumers, Received, ReceivedTombstone, TogetherHandler
from shared.runtime.database import Connection
from shared.runtime.failures import describe, transient
from shared.runtime.grouping import in_groups
from shared.runtime.records import Item, ReadEvent, ReadTombstone, Unreadable
from shared.runtime.telemetry import correlated, get_logger
from shared.runtime.tracing import Role, is_recording, span, traceparent

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
        """All records without savepoints, many at once where their handler takes them so; the first failure of a handler is raised."""
        fresh = await inbox.enter(connection, self._topic, [item for item in items if self._enters_inbox(item)])
        new: list[Item] = []
        for item in items:
            if self._enters_inbox(item):
                if item.event_id not in fresh:
                    self.outcomes["repeated"] += 1
                    continue
                fresh.remove(item.event_id)
            new.append(item)
        for group in in_groups(new, key=lambda item: item.key, kind=self._together_handler):
            handler = self._together_handler(group[0])
            if handler is None:
                await self._apply(connection, group[0])
            else:
                await self._apply_together(connection, handler, [item for item in group if isinstance(item, ReadEvent)])

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
            return self._consumers.handles(item.type)
        return isinstance(item, ReadTombstone) and item.event_id is not None and self._consumers.tombstone_handler(self._topic) is not None

    def _together_handler(self, item: Item) -> TogetherHandler[Any] | None:
        return self._consumers.together_handler(item.type) if isinstance(item, ReadEvent) else None

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
        if (together := self._consumers.together_handler(item.type)) is not None:
            await self._apply_together(connection, together, [item])
            return
        handler = self._consumers.handler(item.type)
        if handler is None:
            self.outcomes["ignored"] += 1
            return
        if item.type not in TERMINAL_TYPES and await self._erased_among(connection, [item.key]):
            self.outcomes["erased"] += 1
            return
        if item.type in TERMINAL_TYPES:
            # Before its handler: a letter of this key that is being replayed must have had its effect, or have none.
            await dead_letter_rows.lock_key(connection, item.key)
        with correlated(item.envelope.correlationid), self._span(item):
            await handler(connection, Received(item.event, item.envelope, self._now, traceparent()))
        if item.type in TERMINAL_TYPES:
            # Here and not in each service's handler, so that none can forget it.
            await dead_letter_rows.delete_for_key(connection, item.key)
            self._erased.pop(item.key, None)
        self.outcomes["handled"] += 1

    def _span(self, item: ReadEvent | ReadTombstone) -> AbstractContextManager[object]:
        place = {"messaging.destination.name": self._topic.name, "messaging.kafka.offset": item.record.offset, "atelier.key": str(item.key)}
        return span(f"process {item.type or 'tombstone'}", Role.CONSUMER, cause=item.traceparent, attributes=place)

    async def _apply_together(self, connection: Connection, handler: TogetherHandler[Any], items: Sequence[ReadEvent]) -> None:
        erased = await self._erased_among(connection, [item.key for item in items])
        received = [self._receive(item) for item in items if item.key not in erased]
        if received:
            await handler(connection, received)
        self.outcomes.update(erased=len(items) - len(received), handled=len(received))

    def _receive(self, item: ReadEvent) -> Received[Any]:
        """With a span of its own that only marks its arrival: what is done for many at once is nobody's alone."""
        if item.traceparent is None and not is_recording():
            return Received(item.event, item.envelope, self._now)
        with correlated(item.envelope.correlationid), self._span(item):
            return Received(item.event, item.envelope, self._now, traceparent())

    async def _erased_among(self, connection: Connection, keys: Iterable[UUID]) -> set[UUID]:
        if self._consumers.erased is None:
            return set()
        keys = set(keys)
        if unknown := keys - self._erased.keys():
            found = await self._consumers.erased(connection, unknown)
            self._erased.update((key, key in found) for key in unknown)
        return {key for key in keys if self._erased[key]}

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
        return check is not None and bool(await check(connection, [key]))
