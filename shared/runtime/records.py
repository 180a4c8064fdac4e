"""Reading one Kafka record: an event, a tombstone, or something that cannot be read."""

import re
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import UndecodableError, UnknownTypeError, decode
from shared.contracts.envelope import Envelope, Event
from shared.contracts.topics import Topic
from shared.runtime.tracing import HEADER

HEARTBEAT = "heartbeat-"
"""Keys that begin so are appended in order that Kafka compacts an idle topic; they say nothing."""
_TYPE = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40}){1,3}\.v[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """A known event."""

    record: ConsumerRecord
    key: UUID
    event: Event
    envelope: Envelope

    @property
    def event_id(self) -> UUID:
        """The envelope's id."""
        return self.envelope.id

    @property
    def type(self) -> str:
        """The event's type, after upcasting."""
        return self.event.type

    @property
    def sequence(self) -> int | None:
        """The fact's number within its key."""
        return self.envelope.sequence

    @property
    def traceparent(self) -> str | None:
        """The trace context of its publishing, or where that was not recorded, of what it comes from."""
        return _traceparent(self.record) or self.envelope.traceparent


@dataclass(frozen=True, slots=True)
class ReadTombstone:
    """A null value; its headers may say who ended the key, and why."""

    record: ConsumerRecord
    key: UUID
    type: str | None
    event_id: UUID | None

    @property
    def sequence(self) -> None:
        """Tombstones are not numbered."""
        return None

    @property
    def traceparent(self) -> str | None:
        """As that of an event."""
        return _traceparent(self.record) or _text(dict(self.record.headers).get("ce_traceparent"))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What cannot be read; `reason` repeats nothing of it. `key` where that much could be read."""

    record: ConsumerRecord
    key: UUID | None
    reason: str
    event_id: None = None
    type: None = None
    sequence: None = None


Item: TypeAlias = ReadEvent | ReadTombstone | Unreadable


def read(topic: Topic, record: ConsumerRecord) -> Item | None:  # noqa: PLR0911  # each way out is one kind of record
    """Read a record of a topic; None if it is a heartbeat."""
    if record.key is not None and record.key.startswith(HEARTBEAT.encode()):
        return None
    key = _uuid(record.key)
    if key is None:
        return Unreadable(record, None, "the record's key is not a UUID")
    if record.value is None:
        headers = dict(record.headers)
        return ReadTombstone(record, key, _text(headers.get("ce_type")), _uuid(headers.get("ce_id")))
    try:
        envelope, event = decode(record.value)
    except UnknownTypeError as error:
        named = str(error) if _TYPE.fullmatch(str(error)) else "of no form that a type has"
        return Unreadable(record, key, f"unknown type {named}")
    except UndecodableError as error:
        return Unreadable(record, key, f"undecodable: {str(error)[:1000]}")
    if envelope.subject != key:
        return Unreadable(record, key, f"{envelope.type}: the record's key is not the event's subject")
    if event.topic.name != topic.name:
        return Unreadable(record, key, f"{envelope.type} does not belong on {topic.name}")
    return ReadEvent(record, key, event, envelope)


def _traceparent(record: ConsumerRecord) -> str | None:
    return _text(next((value for name, value in record.headers if name == HEADER), None))


def _text(value: bytes | None) -> str | None:
    return value.decode(errors="replace") if value else None


def _uuid(value: bytes | None) -> UUID | None:
    try:
        return UUID(value.decode("ascii")) if value else None
    except ValueError:
        return None
