"""Publishing: events become rows in the transaction that made them true. The relay sends them afterwards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from shared.contracts.envelope import Event, envelop
from shared.contracts.topics import Kind, Topic
from shared.runtime.database import Connection
from shared.runtime.telemetry import correlation_id
from shared.runtime.tracing import traceparent

CHANNEL = "outbox"
"""Notified at commit, so that the relay need not wait for its next look."""

MAX_RECORD_BYTES = 1_000_000
"""Of one record's value. Kafka's default limit is 1,048,588 bytes for the record with its key, headers and frame."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The end of a key on a compacted topic; `type` says what it means, such as `participant.erased.v1`."""

    topic: Topic
    key: UUID
    type: str


class EventTooLargeError(ValueError):
    """The broker would refuse the record. Raised while the transaction can still be given up."""

    def __init__(self, event_type: str, key: UUID, size: int) -> None:
        super().__init__(f"{event_type} for {key} has {size} bytes, more than the {MAX_RECORD_BYTES} that a record may have")
        self.event_type, self.key, self.size = event_type, key, size


async def publish(
    connection: Connection,
    events: Sequence[Event | Tombstone],
    *,
    source: str,
    now: datetime,
    correlation_ids: Sequence[str | None] | None = None,
    traceparents: Sequence[str | None] | None = None,
) -> list[UUID]:
    """Publish events as part of the caller's transaction.

    Facts get the next sequence number of their key. Keys of facts and of erasable records stay locked until the
    transaction ends, before ids are taken: the order of ids is therefore the order of commits within a key.

    Args:
        connection: with an open transaction.
        events: any number, in the order in which they are to be read; a few thousand at once are fine.
        source: the publishing service, as `registration` or `/services/registration`.
        now: business time, aware.
        correlation_ids: one per event, where the transaction serves several submissions; else all get that of the context.
        traceparents: likewise.

    Returns:
        The events' ids, in the same order.

    Raises:
        EventTooLargeError: a record is larger than the broker takes.
        ValueError: `now` has no zone.
    """
    if not events:
        return []
    if now.tzinfo is None:
        raise ValueError("now must carry a zone")
    if not source.startswith("/"):
        source = f"/services/{source}"
    sequences = await _sequences(connection, events)
    correlations = correlation_ids if correlation_ids is not None else [correlation_id()] * len(events)
    traces = traceparents if traceparents is not None else [traceparent()] * len(events)
    ids: list[UUID] = []
    rows: list[tuple[UUID, str, UUID, str, int | None, bool, bytes | None, str | None, str | None]] = []
    for event, sequence, correlation, trace in zip(events, sequences, correlations, traces, strict=True):
        event_id = uuid4()
        ids.append(event_id)
        if isinstance(event, Tombstone):
            rows.append((event_id, event.topic.name, event.key, event.type, None, True, None, correlation, trace))
            continue
        payload = envelop(
            event, event_id=event_id, source=source, time=now, sequence=sequence, correlation_id=correlation, traceparent=trace
        ).to_bytes()
        if len(payload) > MAX_RECORD_BYTES:
            raise EventTooLargeError(event.type, event.key, len(payload))
        rows.append((event_id, event.topic.name, event.key, event.type, sequence, False, payload, correlation, trace))
    await connection.execute(
        """
        WITH added AS (
            INSERT INTO outbox
                (event_id, topic, key, type, sequence, tombstone, payload, source, occurred_at, correlation_id, traceparent)
            SELECT r.event_id, r.topic, r.key, r.type, r.sequence, r.tombstone, r.payload, $10, $11, r.correlation_id, r.traceparent
            FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::boolean[], $7::bytea[], $8::text[], $9::text[])
                WITH ORDINALITY AS r (event_id, topic, key, type, sequence, tombstone, payload, correlation_id, traceparent, position)
            ORDER BY r.position
        )
        SELECT pg_notify($12, '')
        """,
        *(list(column) for column in zip(*rows, strict=True)),
        source,
        now,
        CHANNEL,
    )
    return ids


async def _sequences(connection: Connection, events: Sequence[Event | Tombstone]) -> list[int | None]:
    """Lock the keys and number the facts. Keys are locked in one order everywhere, so that publishers do not deadlock."""
    numbered = [event.topic.kind is Kind.FACT and not isinstance(event, Tombstone) for event in events]
    wanted: Counter[tuple[str, UUID]] = Counter()
    for event, is_fact in zip(events, numbered, strict=True):
        if is_fact or event.topic.erasable:
            wanted[event.topic.name, event.key] += int(is_fact)
    if not wanted:
        return [None] * len(events)
    keys = sorted(wanted, key=lambda pair: (pair[0], pair[1].bytes))
    rows = await connection.fetch(
        """
        INSERT INTO outbox_sequences AS s (topic, key, last)
        SELECT w.topic, w.key, w.count FROM unnest($1::text[], $2::uuid[], $3::bigint[]) WITH ORDINALITY AS w (topic, key, count, position)
        ORDER BY w.position
        ON CONFLICT (topic, key) DO UPDATE SET last = s.last + excluded.last
        RETURNING topic, key, last
        """,
        [topic for topic, _ in keys],
        [key for _, key in keys],
        [wanted[pair] for pair in keys],
    )
    following = {(row["topic"], row["key"]): row["last"] - wanted[row["topic"], row["key"]] for row in rows}
    result: list[int | None] = []
    for event, is_fact in zip(events, numbered, strict=True):
        if is_fact:
            following[event.topic.name, event.key] += 1
        result.append(following[event.topic.name, event.key] if is_fact else None)
    return result
