"""Facts that are answered with a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class DueReceipt:
    """A fact whose effect is finished and not answered yet. `effects` counts the messages it led to, by what became of them."""

    fact_id: UUID
    workshop_id: UUID
    registration_id: UUID | None
    fact_type: str
    effects: dict[str, int]


async def owe_receipt(connection: Connection, *, fact_id: UUID, workshop_id: UUID, registration_id: UUID | None, fact_type: str) -> bool:
    """Remember that a fact is to be answered. False if it is known already."""
    status: str = await connection.execute(
        "INSERT INTO receipts (fact_id, workshop_id, registration_id, fact_type) VALUES ($1, $2, $3, $4) ON CONFLICT (fact_id) DO NOTHING",
        fact_id,
        workshop_id,
        registration_id,
        fact_type,
    )
    return status.endswith("1")


async def settle_receipts(connection: Connection, fact_ids: Sequence[UUID], *, now: datetime) -> None:
    """The facts are answered."""
    await connection.execute("UPDATE receipts SET acted_at = $2 WHERE fact_id = ANY($1) AND acted_at IS NULL", fact_ids, now)


_FINISHED = """
    SELECT x.fact_id, x.workshop_id, x.registration_id, x.fact_type
    FROM receipts x
    JOIN workshops w ON w.workshop_id = x.workshop_id AND NOT w.agenda_stale AND NOT w.spread_pending
    LEFT JOIN registrations r ON r.registration_id = x.registration_id
    WHERE x.acted_at IS NULL
      AND CASE WHEN x.registration_id IS NULL
          THEN (SELECT f.included FROM workshop_facts f WHERE f.fact_id = x.fact_id LIMIT 1)
               AND NOT EXISTS (SELECT FROM registrations o WHERE o.workshop_id = x.workshop_id AND o.agenda_digest IS NULL)
          ELSE r.registration_id IS NULL OR r.agenda_digest IS NOT NULL
          END
"""


async def lock_due_receipts(connection: Connection, *, limit: int) -> list[DueReceipt]:
    """Lock facts whose effect is finished for all registrations that are here."""
    rows = await connection.fetch(f"{_FINISHED} ORDER BY x.fact_id LIMIT $1 FOR UPDATE OF x SKIP LOCKED", limit)
    if not rows:
        return []
    counts = await connection.fetch(
        """
        SELECT f.fact_id, count(*) FILTER (WHERE m.occurrence = f.fact_id::text) AS messages,
               count(*) FILTER (WHERE m.superseded_by = f.fact_id) AS skipped
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS f (fact_id, workshop_id, registration_id)
        CROSS JOIN LATERAL (
            SELECT occurrence, superseded_by FROM messages WHERE registration_id = f.registration_id
            UNION ALL
            SELECT occurrence, superseded_by FROM messages WHERE f.registration_id IS NULL AND workshop_id = f.workshop_id
        ) AS m
        WHERE m.occurrence = f.fact_id::text OR m.superseded_by = f.fact_id
        GROUP BY f.fact_id
        """,
        [row["fact_id"] for row in rows],
        [row["workshop_id"] for row in rows],
        [row["registration_id"] for row in rows],
    )
    effects = {
        row["fact_id"]: {
            name: count for name, count in (("messages_planned", row["messages"]), ("messages_skipped", row["skipped"])) if count
        }
        for row in counts
    }
    return [
        DueReceipt(row["fact_id"], row["workshop_id"], row["registration_id"], row["fact_type"], effects.get(row["fact_id"], {}))
        for row in rows
    ]


async def has_due_receipts(connection: Connection) -> bool:
    """Whether a fact could be answered now."""
    return bool(await connection.fetchval(f"SELECT EXISTS ({_FINISHED})"))
