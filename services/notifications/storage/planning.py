"""From the agenda to messages, in sets: a workshop with a million registrations is planned in portions of some thousands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Purpose, Rank
from services.notifications.storage.fates import COLUMNS, Fate, to_fate
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class FactMessage:
    """The message that a fact caused; it is due at once. `due_at` and `sequence` say which comes first; it continues `traceparent`."""

    registration_id: UUID
    workshop_id: UUID
    purpose: Purpose
    occurrence: str
    rank: Rank
    sequence: int
    due_at: datetime
    correlation_id: str | None
    traceparent: str | None = None


async def add_fact_messages(connection: Connection, messages: Sequence[FactMessage]) -> None:
    """Plan messages, each once."""
    await connection.execute(
        """
        INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rank, sequence, due_at, correlation_id, traceparent)
        SELECT n.* FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::bigint[], $7::timestamptz[], $8::text[],
                               $9::text[])
             AS n (registration_id, workshop_id, purpose, occurrence, rank, sequence, due_at, correlation_id, traceparent)
        ORDER BY n.registration_id
        ON CONFLICT (registration_id, purpose, occurrence) DO NOTHING
        """,
        [message.registration_id for message in messages],
        [message.workshop_id for message in messages],
        [message.purpose.value for message in messages],
        [message.occurrence for message in messages],
        [int(message.rank) for message in messages],
        [message.sequence for message in messages],
        [message.due_at for message in messages],
        [message.correlation_id for message in messages],
        [message.traceparent for message in messages],
    )


async def lock_unplanned_registrations(connection: Connection, workshop_id: UUID, *, limit: int) -> list[UUID]:
    """Lock registrations that do not follow the workshop's agenda yet. The workshop must be locked."""
    digest = await connection.fetchval("SELECT agenda_digest FROM workshops WHERE workshop_id = $1", workshop_id)
    # Each part is a range of one index, however many registrations are planned already: asked for in its order, so that none is looked
    # for among the registrations of all workshops.
    found = await connection.fetch(
        """
        (SELECT registration_id FROM registrations WHERE workshop_id = $1 AND agenda_digest IS NULL ORDER BY registration_id LIMIT $3)
        UNION ALL
        (SELECT registration_id FROM registrations WHERE workshop_id = $1 AND agenda_digest < $2 ORDER BY agenda_digest LIMIT $3)
        UNION ALL
        (SELECT registration_id FROM registrations WHERE workshop_id = $1 AND agenda_digest > $2 ORDER BY agenda_digest LIMIT $3)
        LIMIT $3
        """,
        workshop_id,
        digest,
        limit,
    )
    rows = await connection.fetch(
        "SELECT registration_id FROM registrations WHERE registration_id = ANY($1) ORDER BY registration_id FOR NO KEY UPDATE",
        [row["registration_id"] for row in found],
    )
    return [row["registration_id"] for row in rows]


_DERIVE = f"""
    WITH derived AS (
    INSERT INTO messages AS m (registration_id, workshop_id, purpose, occurrence, rule_id, rank, sequence, due_at, expires_at, state,
                               skip_reason, superseded_by, settled_at, correlation_id, traceparent)
    SELECT r.registration_id, a.workshop_id, a.purpose, a.occurrence, a.rule_id, a.rank, a.sequence, a.due_at, a.expires_at,
           CASE WHEN fate.reason IS NULL THEN 'planned' ELSE 'skipped' END, fate.reason, fate.by,
           CASE WHEN fate.reason IS NOT NULL THEN $3::timestamptz END, f.correlation_id, f.traceparent
    FROM registrations r
    JOIN agenda a ON a.workshop_id = r.workshop_id
    LEFT JOIN workshop_facts f ON f.workshop_id = a.workshop_id AND f.fact_id::text = a.occurrence
    CROSS JOIN LATERAL (
        SELECT r.withdrawn_at <= coalesce(a.skip_at, 'infinity') AND r.withdrawn_at < coalesce(a.expires_at, 'infinity') AS withdrawn
    ) AS first
    CROSS JOIN LATERAL (
        SELECT CASE WHEN first.withdrawn THEN 'withdrawn' ELSE a.skip_reason END AS reason,
               CASE WHEN first.withdrawn THEN r.withdrawn_fact ELSE a.skip_by END AS by
    ) AS fate
    WHERE r.registration_id = ANY($2) AND r.workshop_id = $1
      AND CASE a.audience WHEN 'registered' THEN r.admitted_at ELSE r.confirmed_at END <= coalesce(a.joined_until, 'infinity')
    ORDER BY r.registration_id, a.due_at
    ON CONFLICT (registration_id, purpose, occurrence) DO UPDATE
    SET state = excluded.state, skip_reason = excluded.skip_reason, superseded_by = excluded.superseded_by, due_at = excluded.due_at,
        expires_at = excluded.expires_at, settled_at = excluded.settled_at
    WHERE (m.state = 'planned'
           OR (m.state = 'skipped' AND m.skip_reason IN ('superseded', 'withdrawn', 'cancelled', 'completed')
               AND (m.skip_reason = 'superseded' OR excluded.state = 'skipped')))
      AND (m.state, m.skip_reason, m.superseded_by, m.due_at, m.expires_at)
          IS DISTINCT FROM (excluded.state, excluded.skip_reason, excluded.superseded_by, excluded.due_at, excluded.expires_at)
    RETURNING {COLUMNS}
    )
    SELECT * FROM derived WHERE state = 'skipped'
"""  # noqa: S608  # fragments of our own, no values


async def derive_messages(connection: Connection, workshop_id: UUID, registration_ids: Sequence[UUID], *, now: datetime) -> list[Fate]:
    """Give locked registrations the messages that the agenda has for them, and take away plans that it no longer has.

    What was sent, or is being sent, stays as it is. A message skipped because its date was replaced is planned again when the
    date is back. Who had withdrawn before gets a row too, skipped for that: what is written does not depend on which fact was heard first.

    Returns:
        The messages that are skipped by this, new ones and changed ones.
    """
    rows = await connection.fetch(_DERIVE, workshop_id, registration_ids, now)
    # A plan without trace in the agenda was for a date or rule that nobody was told of: no fact speaks of it, so no row does.
    await connection.execute(
        """
        DELETE FROM messages m
        WHERE m.registration_id = ANY($2) AND m.state = 'planned' AND m.rank IN (1, 3)
          AND NOT EXISTS (
              SELECT FROM agenda a WHERE a.workshop_id = $1 AND a.purpose = m.purpose AND a.occurrence = m.occurrence
          )
        """,
        workshop_id,
        registration_ids,
    )
    await connection.execute(
        """
        UPDATE registrations SET agenda_digest = (SELECT agenda_digest FROM workshops WHERE workshop_id = $1)
        WHERE registration_id = ANY($2)
        """,
        workshop_id,
        registration_ids,
    )
    return [to_fate(row) for row in rows]
