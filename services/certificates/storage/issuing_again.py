"""Workshops all of whose certificates are issued again, a portion at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificates.storage.channels import FINISHED, wake
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Asked:
    """What was issued before the moment is issued again."""

    workshop_id: UUID
    before: datetime


async def ask(connection: Connection, workshop_id: UUID, *, before: datetime) -> bool:
    """Note it; a job does it. False where it is being done already."""
    status: str = await connection.execute(
        "UPDATE workshops SET issue_again_before = $2 WHERE workshop_id = $1 AND issue_again_before IS NULL", workshop_id, before
    )
    await wake(connection, FINISHED)
    return status.endswith(" 1")


async def is_asked(connection: Connection, workshop_id: UUID) -> bool:
    """Whether it is being done."""
    return bool(
        await connection.fetchval("SELECT true FROM workshops WHERE workshop_id = $1 AND issue_again_before IS NOT NULL", workshop_id)
    )


async def lock_asked(connection: Connection, *, most: int) -> Asked | None:
    """One of them, locked, which nobody else is working on, and of which fewer than `most` successors wait to be made.

    Those that could not be made count too: a run that goes wrong stops, and leaves the others their valid certificates.
    """
    row = await connection.fetchrow(
        """
        SELECT workshop_id, issue_again_before FROM workshops w
        WHERE issue_again_before IS NOT NULL
            AND (
                SELECT count(*) FROM (
                    SELECT FROM certificates c
                    WHERE c.workshop_id = w.workshop_id AND c.state = 'eligible'
                        AND (c.error IS NULL OR c.eligible_at >= w.issue_again_before)
                    LIMIT $1
                ) AS waiting
            ) < $1
        ORDER BY workshop_id LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
        most,
    )
    return Asked(row["workshop_id"], row["issue_again_before"]) if row else None


async def find_portion(connection: Connection, asked: Asked, *, limit: int) -> list[UUID]:
    """Registrations of the workshop whose valid certificate was issued before, and earned before: no clock has the same one done twice."""
    rows = await connection.fetch(
        """
        SELECT registration_id FROM certificates
        WHERE workshop_id = $1 AND state = 'issued' AND issued_at < $2 AND eligible_at < $2
        ORDER BY workshop_id, issued_at LIMIT $3
        """,
        asked.workshop_id,
        asked.before,
        limit,
    )
    return [row["registration_id"] for row in rows]


async def finish(connection: Connection, workshop_id: UUID) -> None:
    """All of them are."""
    await connection.execute("UPDATE workshops SET issue_again_before = NULL WHERE workshop_id = $1", workshop_id)
