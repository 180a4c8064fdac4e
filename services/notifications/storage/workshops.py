"""The newest record of each workshop, and the agenda made from it."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from services.notifications.domain.agenda import Agenda
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


@lru_cache(maxsize=256)
def parse_record(text: str) -> WorkshopRecorded:
    """A stored record, parsed once as long as it stays the same."""
    return WorkshopRecorded.model_validate_json(text)


async def store_workshop(connection: Connection, record: WorkshopRecorded, *, recorded_at: datetime) -> bool:
    """Keep a record unless a newer one, or this one, is here already. True if it was kept; its agenda is then stale."""
    status: str = await connection.execute(
        """
        INSERT INTO workshops AS w (workshop_id, version, state, record, recorded_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (workshop_id) DO UPDATE
        SET version = excluded.version, state = excluded.state, record = excluded.record, recorded_at = excluded.recorded_at,
            agenda_stale = true
        WHERE w.version < excluded.version
        """,
        record.workshop_id,
        record.version,
        record.state.value,
        record.model_dump(mode="json"),
        recorded_at,
    )
    return status.endswith("1")


async def lock_workshop_with_stale_agenda(connection: Connection) -> WorkshopRecorded | None:
    """Lock one workshop whose agenda must be computed again and can be: its record is as new as its newest fact."""
    text = await connection.fetchval(
        """
        SELECT w.record::text
        FROM workshops w
        WHERE w.workshop_id IN (
            SELECT workshop_id FROM workshops WHERE agenda_stale
            UNION ALL
            SELECT workshop_id FROM workshop_facts WHERE NOT included
        )
        AND NOT EXISTS (SELECT FROM workshop_facts f WHERE f.workshop_id = w.workshop_id AND f.version > w.version)
        LIMIT 1
        FOR UPDATE OF w SKIP LOCKED
        """
    )
    return None if text is None else parse_record(text)


async def replace_agenda(connection: Connection, workshop_id: UUID, agenda: Agenda) -> bool:
    """Store a workshop's agenda. True if it differs from the one before, so that registrations must follow it."""
    row = await connection.fetchrow(
        """
        UPDATE workshops AS w
        SET agenda_stale = false, agenda_digest = $2, cancelled_by = $3,
            spread_pending = w.spread_pending OR w.agenda_digest IS DISTINCT FROM $2
        FROM (SELECT agenda_digest FROM workshops WHERE workshop_id = $1) AS before
        WHERE w.workshop_id = $1
        RETURNING before.agenda_digest IS DISTINCT FROM $2 AS differs
        """,
        workshop_id,
        agenda.digest,
        agenda.cancelled_by,
    )
    if row is None or not row["differs"]:
        return False
    await connection.execute("DELETE FROM agenda WHERE workshop_id = $1", workshop_id)
    await connection.executemany(
        """
        INSERT INTO agenda (workshop_id, purpose, occurrence, rule_id, rank, sequence, due_at, expires_at, audience, joined_until,
                            skip_reason, skip_by, skip_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        [
            (
                workshop_id,
                item.purpose.value,
                item.occurrence,
                item.rule_id,
                int(item.rank),
                item.sequence,
                item.due_at,
                item.expires_at,
                item.audience.value,
                item.joined_until,
                item.skip_reason.value if item.skip_reason else None,
                item.skip_by,
                item.skip_at,
            )
            for item in agenda.items
        ],
    )
    return True


async def lock_spreading_workshop(connection: Connection) -> UUID | None:
    """Lock one workshop with registrations that do not follow its agenda yet, so that the agenda stays as it is meanwhile."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT w.workshop_id
        FROM workshops w
        WHERE w.workshop_id IN (
            SELECT workshop_id FROM workshops WHERE spread_pending
            UNION ALL
            SELECT r.workshop_id FROM (SELECT DISTINCT workshop_id FROM registrations WHERE agenda_digest IS NULL) AS r
        )
        AND w.agenda_digest IS NOT NULL AND NOT w.agenda_stale
        ORDER BY w.workshop_id
        LIMIT 1
        FOR NO KEY UPDATE OF w SKIP LOCKED
        """
    )
    return found


async def finish_spreading(connection: Connection, workshop_id: UUID) -> None:
    """All registrations follow the workshop's agenda."""
    await connection.execute("UPDATE workshops SET spread_pending = false WHERE workshop_id = $1 AND spread_pending", workshop_id)
