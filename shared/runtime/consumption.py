"""What a service consumes: its handlers by event type. How batches are processed is in `batches`."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from shared.contracts.envelope import Envelope, Event
from shared.contracts.registrations import RegistrationErased
from shared.contracts.topics import TOPICS, Topic
from shared.runtime.database import Connection

E = TypeVar("E", bound=Event)

TERMINAL_TYPES = frozenset({RegistrationErased.type})
"""Erasure is terminal: these still reach their handlers for a key that is erased already, everything else is dropped."""


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """One event as it arrived; `now` is the business time of processing, `envelope.time` that of the event.

    `traceparent` is the trace context that what follows from it continues.
    """

    event: E
    envelope: Envelope
    now: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedTombstone:
    """A record whose value is null; `type` and `event_id` come from its headers, where they were set."""

    topic: Topic
    key: UUID
    type: str | None
    event_id: UUID | None
    now: datetime


EventHandler: TypeAlias = Callable[[Connection, Received[E]], Awaitable[None]]
TogetherHandler: TypeAlias = Callable[[Connection, Sequence[Received[E]]], Awaitable[None]]
TombstoneHandler: TypeAlias = Callable[[Connection, ReceivedTombstone], Awaitable[None]]
KeyCheck: TypeAlias = Callable[[Connection, Collection[UUID]], Awaitable[set[UUID]]]


class Consumers:
    """The handlers of one service.

    A handler runs in the batch's transaction and never commits. It is called once per event, save after a rollback; it must
    still be harmless when repeated. Handlers of one topic see a key's events in order; nothing is said about the order between topics.

    Args:
        service: its name, part of its consumer groups' names.
        erased: of some keys, those that were erased for good. Records of such a key are dropped, except those that erase.
        sets_aside_nothing_of: of some keys, those whose records must not be kept as dead letters; as `erased` where it is not given. For
            a service whose handlers still hear of keys that were erased.
    """

    def __init__(self, service: str, *, erased: KeyCheck | None = None, sets_aside_nothing_of: KeyCheck | None = None) -> None:
        self.service = service
        self.erased = erased
        self.sets_aside_nothing_of = sets_aside_nothing_of or erased
        self._handlers: dict[str, EventHandler[Any]] = {}
        self._together: dict[str, TogetherHandler[Any]] = {}
        self._tombstones: dict[str, TombstoneHandler] = {}
        self._topics: set[str] = set()

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that have a handler, in the order of the topic table."""
        return tuple(topic for topic in TOPICS if topic.name in self._topics)

    def group(self, topic: Topic, *, prefix: str) -> str:
        """The consumer group that reads a topic."""
        return f"{prefix}{self.service}.{topic.name}"

    def on(self, event_type: type[E]) -> Callable[[EventHandler[E]], EventHandler[E]]:
        """Register the handler of an event type; one handler a type."""

        def register(handler: EventHandler[E]) -> EventHandler[E]:
            self._take(event_type)
            self._handlers[event_type.type] = handler
            return handler

        return register

    def on_together(self, *event_types: type[E]) -> Callable[[TogetherHandler[E]], TogetherHandler[E]]:
        """Register a handler of event types of which many come at once.

        It is given some of a batch, each key at most once: what came earlier of these keys has been handled, and what comes later has not.

        Raises:
            ValueError: one of them ends its key. That takes the key's dead letters along, one at a time.
        """

        def register(handler: TogetherHandler[E]) -> TogetherHandler[E]:
            if terminal := TERMINAL_TYPES.intersection(event_type.type for event_type in event_types):
                raise ValueError(f"not to be handled together: {', '.join(sorted(terminal))}")
            for event_type in event_types:
                self._take(event_type)
                self._together[event_type.type] = handler
            return handler

        return register

    def _take(self, event_type: type[E]) -> None:
        if self.handles(event_type.type):
            raise ValueError(f"{event_type.type} has a handler already")
        self._topics.add(event_type.topic.name)

    def on_tombstone(self, topic: Topic) -> Callable[[TombstoneHandler], TombstoneHandler]:
        """Register the handler of a topic's tombstones."""

        def register(handler: TombstoneHandler) -> TombstoneHandler:
            if topic.name in self._tombstones:
                raise ValueError(f"tombstones of {topic.name} have a handler already")
            self._tombstones[topic.name] = handler
            self._topics.add(topic.name)
            return handler

        return register

    def handles(self, event_type: str) -> bool:
        """Whether this service has a handler of an event type."""
        return event_type in self._handlers or event_type in self._together

    def handler(self, event_type: str) -> EventHandler[Any] | None:
        """The handler that takes events of a type one by one, if there is one."""
        return self._handlers.get(event_type)

    def together_handler(self, event_type: str) -> TogetherHandler[Any] | None:
        """The handler that takes many events of a type at once, if there is one."""
        return self._together.get(event_type)

    def tombstone_handler(self, topic: Topic) -> TombstoneHandler | None:
        """The handler of a topic's tombstones, if this service has one."""
        return self._tombstones.get(topic.name)
