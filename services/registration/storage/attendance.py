"""Who was present at which session."""

from datetime import datetime
from uuid import UUID

from shared.runtime.database import Connection


async def record(
    connection: Connection,
    registration_id: UUID,
    workshop_id: UUID,
    session_code: str,
    *,
    present: bool,
    recorded_by: UUID | None,
    now: datetime,
) -> bool:
    """Store presence or absence; False where it was recorded so already."""
    row = await connection.fetchval(
        """
        INSERT INTO attendance (registration_id, workshop_id, session_code, present, recorded_at, recorded_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (registration_id, session_code) DO UPDATE
        SET present = excluded.present, recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by
        WHERE attendance.present <> excluded.present
        RETURNING registration_id
        """,
        registration_id,
        workshop_id,
        session_code,
        present,
        now,
        recorded_by,
    )
    return row is not None
