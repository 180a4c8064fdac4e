"""Which events were processed: a repeat by relay or broker is recognised by its id."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from shared.contracts.topics import Topic
from shared.runtime.database import Connection
from shared.runtime.records import ReadEvent, ReadTombstone


async def enter(connection: Connection, topic: Topic, items: Sequence[ReadEvent | ReadTombstone]) -> set[UUID]:
    """Note events as processed, in the transaction that processes them.

    Another process that holds one of them makes this wait until it has committed. Ids are entered in one order everywhere,
    so that two batches with the same events do not deadlock.

    Returns:
        The ids that were not there yet.
    """
    rows = sorted({item.event_id: item for item in items if item.event_id is not None}.items())
    if not rows:
        return set()
    fresh = await connection.fetch(
        """
        INSERT INTO inbox (event_id, topic, key, type, sequence, processed_at)
        SELECT r.event_id, $1, r.key, r.type, r.sequence, clock_timestamp()
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[]) WITH ORDINALITY AS r (event_id, key, type, sequence, position)
        ORDER BY r.position
        ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        topic.name,
        [event_id for event_id, _ in rows],
        [item.key for _, item in rows],
        [item.type or "" for _, item in rows],
        [item.sequence for _, item in rows],
    )
    return {row["event_id"] for row in fresh}


async def trim(connection: Connection, *, older_than: timedelta, limit: int = 10_000) -> int:
    """Forget the oldest entries, at most `limit` at once. Repeats that come later still meet business keys."""
    status = await connection.execute(
        """
        DELETE FROM inbox WHERE event_id = ANY(ARRAY(
            SELECT event_id FROM inbox WHERE processed_at < statement_timestamp() - $1::interval ORDER BY processed_at LIMIT $2
        ))
        """,
        older_than,
        limit,
    )
    return int(status.rpartition(" ")[2])
