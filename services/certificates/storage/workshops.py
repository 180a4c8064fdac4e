"""What is known of workshops."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.certificates.storage.channels import COMPLETED, FACTS, wake
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection
from shared.runtime.tracing import traceparent


@dataclass(frozen=True, slots=True)
class KnownWorkshop:
    """The newest record, if one has arrived, and whether the workshop was completed and the facts told before that were read."""

    record: WorkshopRecorded | None
    completed: bool


async def save_record(connection: Connection, workshop: WorkshopRecorded) -> bool:
    """Keep the record unless one as new is there. Returns whether it was kept."""
    kept = await connection.fetchval(
        """
        INSERT INTO workshops AS w (workshop_id, version, record) VALUES ($1, $2, $3)
        ON CONFLICT (workshop_id) DO UPDATE SET version = excluded.version, record = excluded.record, unsettled = true
        WHERE w.version < excluded.version
        RETURNING true
        """,
        workshop.workshop_id,
        workshop.version,
        workshop.model_dump(mode="json"),
    )
    await wake(connection, FACTS)
    return bool(kept)


async def save_completion(connection: Connection, workshop_id: UUID, at: datetime, *, correlation_id: str | None) -> None:
    """Note that the workshop was completed; the first time counts. Its certificates continue the trace of the context."""
    await connection.execute(
        """
        INSERT INTO workshops AS w
            (workshop_id, version, completed_at, completion_correlation_id, completion_traceparent, awaiting_facts_since)
        VALUES ($1, 0, $2, $3, $4, clock_timestamp())
        ON CONFLICT (workshop_id) DO UPDATE
        SET completed_at = excluded.completed_at, completion_correlation_id = excluded.completion_correlation_id,
            completion_traceparent = excluded.completion_traceparent, awaiting_facts_since = excluded.awaiting_facts_since
        WHERE w.completed_at IS NULL
        """,
        workshop_id,
        at,
        correlation_id,
        traceparent(),
    )
    await wake(connection, COMPLETED)


async def read_awaiting_facts(connection: Connection) -> list[UUID]:
    """Completed workshops of which facts told before the completion may still be unread."""
    rows = await connection.fetch("SELECT workshop_id FROM workshops WHERE awaiting_facts_since IS NOT NULL ORDER BY workshop_id")
    return [row["workshop_id"] for row in rows]


async def end_awaiting_facts(connection: Connection, workshop_ids: Collection[UUID], *, after: float) -> int:
    """Wait no longer for these, where the completion was read `after` seconds of real time ago. Returns how many there were."""
    status: str = await connection.execute(
        """
        UPDATE workshops SET awaiting_facts_since = NULL, unsettled = true
        WHERE workshop_id = ANY($1) AND awaiting_facts_since <= clock_timestamp() - $2::interval
        """,
        list(workshop_ids),
        timedelta(seconds=after),
    )
    await wake(connection, FACTS)
    return int(status.split()[1])


async def read_workshops(connection: Connection, workshop_ids: Collection[UUID]) -> dict[UUID, KnownWorkshop]:
    """What is known of these; those nothing was heard of are not in the answer."""
    rows = await connection.fetch(
        """
        SELECT workshop_id, record, completed_at IS NOT NULL AND awaiting_facts_since IS NULL AS completed
        FROM workshops WHERE workshop_id = ANY($1)
        """,
        list(workshop_ids),
    )
    return {
        row["workshop_id"]: KnownWorkshop(
            record=None if row["record"] is None else WorkshopRecorded.model_validate(row["record"]), completed=row["completed"]
        )
        for row in rows
    }


async def pass_on_news(connection: Connection) -> int:
    """Mark the registrations of one workshop about which something was learned. Returns how many workshops there were: 0 or 1.

    A job does this after that news was committed. A registration that is committed later is unsettled by itself and then sees the news;
    marked in the transaction that brought the news, one could slip in between. Those that are marked already are marked again: another
    worker may be settling one at this moment by what was known before, and would take the mark away.
    """
    workshop_id = await connection.fetchval(
        "SELECT workshop_id FROM workshops WHERE unsettled ORDER BY workshop_id LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    if workshop_id is None:
        return 0
    await connection.execute(
        """
        UPDATE registrations r SET unsettled = true FROM workshops w
        WHERE w.workshop_id = $1 AND r.workshop_id = $1 AND w.record IS NOT NULL
            AND w.completed_at IS NOT NULL AND w.awaiting_facts_since IS NULL
        """,
        workshop_id,
    )
    await connection.execute("UPDATE workshops SET unsettled = false WHERE workshop_id = $1", workshop_id)
    return 1
