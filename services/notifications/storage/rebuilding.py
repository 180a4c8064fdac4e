"""Messages and receipts as this service's own topic told them, put beside what handlers recorded. Runs at the end of a rebuild only.

`rebuild.told` has the facts of the service's own topic, `rebuild.untold` what handlers would have published.
"""

from datetime import datetime

from services.notifications.storage.fates import COLUMNS, Fate, to_fate
from shared.runtime.database import Connection

REBUILT = {
    "workshops": "SELECT workshop_id, version, state, record, recorded_at, agenda_digest, cancelled_by FROM workshops",
    "workshop_facts": "SELECT * FROM workshop_facts",
    "agenda": "SELECT * FROM agenda",
    "registrations": "SELECT * FROM registrations",
    "participants": "SELECT * FROM participants",
    "erased": "SELECT * FROM erased",
    "attendance": "SELECT * FROM attendance",
    "certificates": "SELECT * FROM certificates",
    "messages": """
        SELECT message_id, registration_id, workshop_id, purpose, occurrence, rule_id, rank, sequence, state, due_at, settled_at,
            skip_reason, superseded_by, failure, CASE WHEN state IN ('sent', 'uncertain') THEN language END AS language,
            CASE WHEN state = 'planned' THEN expires_at END AS expires_at
        FROM messages
    """,
    "receipts": "SELECT fact_id, workshop_id, registration_id, fact_type, acted_at FROM receipts",
    "outbox_sequences": "SELECT topic, key, last FROM outbox_sequences",
}
"""What a rebuilt database has in common with the one that was lost, table by table."""

_FATES = "('notification.sent.v1', 'notification.skipped.v1', 'notification.uncertain.v1', 'notification.failed.v1')"

_LAST_FATES = f"""
    SELECT DISTINCT ON (key, data ->> 'purpose', data ->> 'occurrence')
        key AS registration_id, (data ->> 'workshop_id')::uuid AS workshop_id, data ->> 'purpose' AS purpose,
        data ->> 'occurrence' AS occurrence, split_part(type, '.', 2) AS state, time, data
    FROM rebuild.told WHERE type IN {_FATES}
    ORDER BY key, data ->> 'purpose', data ->> 'occurrence', sequence DESC
"""  # noqa: S608  # fragments of our own, no values


async def forget_told(connection: Connection) -> None:
    """Take out of what is held back all that was told. Of people whose erasure was answered, all fates were told that ever will be."""
    await connection.execute(
        f"""
        DELETE FROM rebuild.untold u USING rebuild.told t
        WHERE t.key = u.key
          AND CASE WHEN u.type IN {_FATES}
              THEN t.type IN {_FATES} AND t.data ->> 'purpose' = u.data ->> 'purpose' AND t.data ->> 'occurrence' = u.data ->> 'occurrence'
              ELSE t.type = u.type AND t.data ->> 'fact_id' = u.data ->> 'fact_id' END
        """  # noqa: S608  # fragments of our own, no values
    )
    await connection.execute(f"DELETE FROM rebuild.untold u WHERE u.type IN {_FATES} AND u.key IN ({_ANSWERED})")  # noqa: S608  # as above


_ANSWERED = "SELECT key FROM rebuild.told WHERE type = 'notifications.acted.v1' AND data ->> 'fact_type' = 'registration.erased.v1'"
"""Registrations whose erasure the service has answered."""


async def restore_fates(connection: Connection) -> int:
    """Give each message the last fate that was told of it. Returns how many there are.

    Messages that nobody plans any more, of people who were erased and for dates that were given up, come from what was told alone.
    """
    status: str = await connection.execute(
        f"""
        WITH fates AS ({_LAST_FATES})
        INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rule_id, rank, sequence, due_at, expires_at, state,
                              skip_reason, superseded_by, failure, language, settled_at, correlation_id)
        SELECT f.registration_id, f.workshop_id, f.purpose, f.occurrence,
               coalesce(a.rule_id, CASE WHEN f.purpose = 'reminder' THEN regexp_replace(f.occurrence, ':[^:]*$', '') END),
               coalesce(a.rank, CASE WHEN f.purpose = 'reminder' THEN 3
                                     WHEN f.purpose IN ('reminder_now', 'rescheduled', 'cancelled', 'announcement') THEN 1
                                     WHEN f.purpose IN ('certificate', 'certificate_revoked') THEN 2
                                     ELSE 0 END),
               coalesce(a.sequence, w.sequence, 0), (f.data ->> 'due_at')::timestamptz, a.expires_at, f.state,
               CASE WHEN f.state = 'skipped' THEN f.data ->> 'reason' END, (f.data ->> 'superseded_by')::uuid,
               CASE WHEN f.state = 'failed' THEN f.data ->> 'reason' END,
               CASE WHEN f.state <> 'skipped' THEN f.data ->> 'language' END,
               coalesce((f.data ->> 'sent_at')::timestamptz, f.time), w.correlation_id
        FROM fates f
        LEFT JOIN agenda a ON (a.workshop_id, a.purpose, a.occurrence) = (f.workshop_id, f.purpose, f.occurrence)
        LEFT JOIN workshop_facts w ON w.workshop_id = f.workshop_id AND w.fact_id::text = f.occurrence
        ON CONFLICT (registration_id, purpose, occurrence) DO UPDATE
        SET state = excluded.state, skip_reason = excluded.skip_reason, superseded_by = excluded.superseded_by, failure = excluded.failure,
            language = excluded.language, settled_at = excluded.settled_at
        """  # noqa: S608  # fragments of our own, no values
    )
    return int(status.rpartition(" ")[2])


async def delete_unheard_of(connection: Connection) -> None:
    """Delete messages of erased people that were never told of: they came up here only because topics were read in another order."""
    await connection.execute(
        f"""
        DELETE FROM messages m
        WHERE m.registration_id IN ({_ANSWERED}) AND m.registration_id IN (SELECT registration_id FROM erased)
          AND NOT EXISTS (
              SELECT FROM rebuild.told t
              WHERE t.key = m.registration_id AND t.type IN {_FATES}
                AND t.data ->> 'purpose' = m.purpose AND t.data ->> 'occurrence' = m.occurrence
          )
        """  # noqa: S608  # fragments of our own, no values
    )


async def restore_receipts(connection: Connection) -> None:
    """The facts that were answered, and when."""
    await connection.execute(
        """
        INSERT INTO receipts (fact_id, workshop_id, registration_id, fact_type, acted_at)
        SELECT DISTINCT ON (data ->> 'fact_id') (data ->> 'fact_id')::uuid, (data ->> 'workshop_id')::uuid,
               (data ->> 'registration_id')::uuid, data ->> 'fact_type', (data ->> 'acted_at')::timestamptz
        FROM rebuild.told WHERE type = 'notifications.acted.v1'
        ORDER BY data ->> 'fact_id', sequence
        ON CONFLICT (fact_id) DO UPDATE SET acted_at = excluded.acted_at
        """
    )


async def settle_unknown(connection: Connection, *, until: datetime, reminders_until: datetime, now: datetime) -> list[Fate]:
    """What was due while the lost worker was at work, and what it told nothing of, is uncertain: it may have been handed over.

    Reminders have a moment of their own: they fall due by the clock, also for a worker that hears nothing any more.
    """
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'uncertain', settled_at = $3
        WHERE state = 'planned' AND due_at <= CASE WHEN rule_id IS NULL THEN $1::timestamptz ELSE $2::timestamptz END
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        until,
        reminders_until,
        now,
    )
    return [to_fate(row) for row in rows]


async def count_waiting(connection: Connection, *, now: datetime) -> tuple[int, int]:
    """How many messages are planned and due already, and how many for later."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE due_at <= $1) AS due, count(*) FILTER (WHERE due_at > $1) AS later
        FROM messages WHERE state = 'planned'
        """,
        now,
    )
    return row["due"], row["later"]
