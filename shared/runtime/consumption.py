"""What a service consumes: its handlers by event type. How batches are processed is in `batches`."""

from collections.abc import Awaitable, Callable
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
    """One event as it arrived; `now` is the business time of processing, `envelope.time` that of the event."""

    event: E
    envelope: Envelope
    now: datetime


@dataclass(frozen=True, slots=True)
class ReceivedTombstone:
    """A record whose value is null; `type` and `event_id` come from its headers, where they were set."""

    topic: Topic
    key: UUID
    type: str | None
    event_id: UUID | None
    now: datetime


EventHandler: TypeAlias = Callable[[Connection, Received[E]], Awaitable[None]]
TombstoneHandler: TypeAlias = Callable[[Connection, ReceivedTombstone], Awaitable[None]]
KeyCheck: TypeAlias = Callable[[Connection, UUID], Awaitable[bool]]


class Consumers:
    """The handlers of one service.

    A handler runs in the batch's transaction and never commits. It is called once per event, save after a rollback; it must
    still be harmless when repeated. Handlers of one topic see a key's events in order; nothing is said about the order between topics.

    Args:
        service: its name, part of its consumer groups' names.
        is_erased: whether a key was erased for good. Records of such a key are dropped, except those that erase.
        sets_aside_nothing_of: whether a key's records must not be kept as dead letters; as `is_erased` where it is not given. For a
            service whose handlers still hear of keys that were erased.
    """

    def __init__(self, service: str, *, is_erased: KeyCheck | None = None, sets_aside_nothing_of: KeyCheck | None = None) -> None:
        self.service = service
        self.is_erased = is_erased
        self.sets_aside_nothing_of = sets_aside_nothing_of or is_erased
        self._handlers: dict[str, EventHandler[Any]] = {}
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
            if event_type.type in self._handlers:
                raise ValueError(f"{event_type.type} has a handler already")
            self._handlers[event_type.type] = handler
            self._topics.add(event_type.topic.name)
            return handler

        return register

    def on_tombstone(self, topic: Topic) -> Callable[[TombstoneHandler], TombstoneHandler]:
        """Register the handler of a topic's tombstones."""

        def register(handler: TombstoneHandler) -> TombstoneHandler:
            if topic.name in self._tombstones:
                raise ValueError(f"tombstones of {topic.name} have a handler already")
            self._tombstones[topic.name] = handler
            self._topics.add(topic.name)
            return handler

        return register

    def handler(self, event_type: str) -> EventHandler[Any] | None:
        """The handler of an event type, if this service has one."""
        return self._handlers.get(event_type)

    def tombstone_handler(self, topic: Topic) -> TombstoneHandler | None:
        """The handler of a topic's tombstones, if this service has one."""
        return self._tombstones.get(topic.name)
