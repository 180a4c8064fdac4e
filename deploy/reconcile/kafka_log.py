"""All that is on Kafka, in a form that can be asked."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import TypeVar
from uuid import UUID

from shared.contracts.envelope import Envelope, Event
from shared.contracts.topics import Topic
from shared.contracts.workshops import WorkshopRecorded

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a record lies; `topic` is the topic's name without the prefix."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """As Kafka's own tools write it."""
        return f"{self.topic}-{self.partition}@{self.offset}"


@dataclass(frozen=True, slots=True)
class Published:
    """One event and its envelope, as first seen."""

    position: Position
    envelope: Envelope
    event: Event


@dataclass(frozen=True)
class KafkaLog:
    """Every record of every topic. Repeats of one event id, which the relay may produce, count once."""

    published: Sequence[Published] = ()
    tombstones: Sequence[tuple[Position, UUID]] = ()
    undecodable: Sequence[tuple[Position, str]] = ()
    keys_differ: Sequence[Position] = field(default=())

    def events(self, event_type: type[E]) -> Iterator[tuple[Envelope, E]]:
        """All events of one type, in the order in which each partition holds them."""
        for record in self._first_occurrences:
            if isinstance(record.event, event_type):
                yield record.envelope, record.event

    def last(self, event_type: type[E]) -> Mapping[UUID, E]:
        """The last record of each key, repeats included: compaction keeps that one, and a rebuild reads nothing else."""
        offsets: dict[UUID, int] = {}
        found: dict[UUID, E] = {}
        for record in self.published:
            key = record.envelope.subject
            if isinstance(record.event, event_type) and record.position.offset >= offsets.get(key, 0):
                offsets[key], found[key] = record.position.offset, record.event
        return found

    def sequences(self, topic: Topic) -> Mapping[UUID, list[int]]:
        """The sequence numbers of a fact topic by key, in order of first occurrence."""
        found: dict[UUID, list[int]] = defaultdict(list)
        for record in self._first_occurrences:
            if record.position.topic == topic.name and record.envelope.sequence is not None:
                found[record.envelope.subject].append(record.envelope.sequence)
        return found

    def erased(self, topic: Topic) -> set[UUID]:
        """Keys that have a tombstone on this topic."""
        return {key for position, key in self.tombstones if position.topic == topic.name}

    def outlived(self, topic: Topic) -> Mapping[UUID, Position]:
        """Keys with a record behind their last tombstone, which compaction keeps for ever, and where that record lies."""
        last: dict[UUID, int] = {}
        for position, key in self.tombstones:
            if position.topic == topic.name:
                last[key] = max(position.offset, last.get(key, 0))
        return {
            record.envelope.subject: record.position
            for record in self.published
            if record.position.topic == topic.name
            and record.envelope.subject in last
            and record.position.offset > last[record.envelope.subject]
        }

    @cached_property
    def workshops(self) -> Mapping[UUID, WorkshopRecorded]:
        """The newest record of each workshop."""
        newest: dict[UUID, WorkshopRecorded] = {}
        for _, record in self.events(WorkshopRecorded):
            if record.workshop_id not in newest or record.version > newest[record.workshop_id].version:
                newest[record.workshop_id] = record
        return newest

    @cached_property
    def offsets(self) -> Mapping[tuple[str, int], list[int]]:
        """By (topic, partition), where everything lies that says something or should, in order.

        Heartbeats are left out, and tombstones of keys that had ended already: relays go on appending both while nothing happens.
        """
        records: list[tuple[Position, UUID | None, bool]] = [(one.position, one.envelope.subject, False) for one in self.published]
        records += [(position, key, True) for position, key in self.tombstones]
        records += [(position, None, False) for position, _ in self.undecodable]
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        ended: set[tuple[str, UUID | None]] = set()
        for position, key, ends in sorted(records, key=itemgetter(0)):
            if ends and (position.topic, key) in ended:
                continue
            (ended.add if ends else ended.discard)((position.topic, key))
            found[position.topic, position.partition].append(position.offset)
        return found

    @cached_property
    def _first_occurrences(self) -> list[Published]:
        seen: dict[UUID, Published] = {}
        for record in self.published:
            seen.setdefault(record.envelope.id, record)
        return list(seen.values())
