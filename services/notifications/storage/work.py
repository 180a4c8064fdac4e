"""How much there is to do, now and next."""

from datetime import datetime

from services.notifications.storage.readiness import KNOWN
from shared.runtime.database import Connection


async def count_due_messages(connection: Connection, *, now: datetime) -> int:
    """Messages that are due, whose data is here, and that are not finished; also those that wait to be tried again."""
    # Each part by its own partial index, so that reminders planned for later cost nothing.
    return int(
        await connection.fetchval(
            f"""
            SELECT (SELECT count(*) FROM messages m WHERE m.state = 'planned' AND m.rank < 3 AND {KNOWN})
                 + (SELECT count(*) FROM messages m WHERE m.state = 'planned' AND m.rank = 3 AND m.due_at <= $1 AND {KNOWN})
                 + (SELECT count(*) FROM messages WHERE state IN ('claimed', 'sending'))
            """,  # noqa: S608  # fragments of our own, no values
            now,
        )
    )


async def next_due(connection: Connection, *, now: datetime) -> datetime | None:
    """When the next reminder is due."""
    found: datetime | None = await connection.fetchval(
        "SELECT min(due_at) FROM messages WHERE state = 'planned' AND rank = 3 AND due_at > $1", now
    )
    return found


async def count_unplanned(connection: Connection) -> int:
    """Workshops whose agenda can be computed again, and registrations that can follow theirs."""
    return int(
        await connection.fetchval(
            """
            SELECT (SELECT count(*) FROM workshops w
                    WHERE (w.agenda_stale OR EXISTS (SELECT FROM workshop_facts f WHERE f.workshop_id = w.workshop_id AND NOT f.included))
                      AND NOT EXISTS (SELECT FROM workshop_facts f WHERE f.workshop_id = w.workshop_id AND f.version > w.version))
                 + (SELECT count(*) FROM workshops WHERE spread_pending AND NOT agenda_stale)
                 + (SELECT count(*) FROM registrations r JOIN workshops w USING (workshop_id)
                    WHERE r.agenda_digest IS NULL AND w.agenda_digest IS NOT NULL AND NOT w.agenda_stale)
            """
        )
    )


async def count_by_state(connection: Connection) -> dict[str, int]:
    """How many messages are in each state."""
    return {row["state"]: row["count"] for row in await connection.fetch("SELECT state, count(*) AS count FROM messages GROUP BY state")}
