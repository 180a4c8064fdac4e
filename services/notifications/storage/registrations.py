"""The standing of each registration by the newest of its facts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Standing
from shared.runtime.database import Connection


async def pass_moment(connection: Connection, registration_id: UUID, at: datetime) -> datetime:
    """Note that a fact tells of this moment. Returns the latest that any fact of the registration tells of, which may be later."""
    latest: datetime | None = await connection.fetchval(
        "UPDATE registrations SET last_fact_at = greatest(last_fact_at, $2) WHERE registration_id = $1 RETURNING last_fact_at",
        registration_id,
        at,
    )
    return latest or at


@dataclass(frozen=True, slots=True)
class StandingFact:
    """What one fact says of where a registration stands. `at` is business time."""

    registration_id: UUID
    workshop_id: UUID
    standing: Standing
    sequence: int
    fact_id: UUID
    at: datetime


async def store_standings(connection: Connection, facts: Sequence[StandingFact]) -> list[datetime]:
    """Apply facts, one a registration. A fact older than the newest adds the moment it tells of and undoes nothing.

    Returns:
        For each, the time by which its message is put in order: that of the registration's newest fact so far, so that messages follow
        the facts' order even where clocks of several machines disagree.
    """
    rows = await connection.fetch(
        """
        INSERT INTO registrations AS r (registration_id, workshop_id, standing, standing_sequence, standing_fact, admitted_at, confirmed_at,
                                        withdrawn_at, withdrawn_fact, last_fact_at)
        SELECT n.registration_id, n.workshop_id, n.standing, n.sequence, n.fact_id,
               CASE WHEN n.standing <> 'withdrawn' THEN n.at END,
               CASE WHEN n.standing = 'confirmed' THEN n.at END,
               CASE WHEN n.standing = 'withdrawn' THEN n.at END,
               CASE WHEN n.standing = 'withdrawn' THEN n.fact_id END,
               n.at
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::timestamptz[])
             AS n (registration_id, workshop_id, standing, sequence, fact_id, at)
        ORDER BY n.registration_id
        ON CONFLICT (registration_id) DO UPDATE SET
            standing = CASE WHEN excluded.standing_sequence > r.standing_sequence THEN excluded.standing ELSE r.standing END,
            standing_fact = CASE WHEN excluded.standing_sequence > r.standing_sequence THEN excluded.standing_fact ELSE r.standing_fact END,
            standing_sequence = greatest(r.standing_sequence, excluded.standing_sequence),
            admitted_at = least(r.admitted_at, excluded.admitted_at),
            confirmed_at = least(r.confirmed_at, excluded.confirmed_at),
            withdrawn_at = coalesce(r.withdrawn_at, excluded.withdrawn_at),
            withdrawn_fact = coalesce(r.withdrawn_fact, excluded.withdrawn_fact),
            last_fact_at = greatest(r.last_fact_at, excluded.last_fact_at),
            agenda_digest = NULL
        WHERE excluded.standing_sequence > r.standing_sequence
           OR excluded.admitted_at < coalesce(r.admitted_at, 'infinity')
           OR excluded.confirmed_at < coalesce(r.confirmed_at, 'infinity')
           OR (r.withdrawn_at IS NULL AND excluded.withdrawn_at IS NOT NULL)
        RETURNING registration_id, last_fact_at
        """,
        [fact.registration_id for fact in facts],
        [fact.workshop_id for fact in facts],
        [fact.standing.value for fact in facts],
        [fact.sequence for fact in facts],
        [fact.fact_id for fact in facts],
        [fact.at for fact in facts],
    )
    last: dict[UUID, datetime] = {row["registration_id"]: row["last_fact_at"] for row in rows}
    return [last.get(fact.registration_id, fact.at) for fact in facts]


async def store_attendance(connection: Connection, registration_id: UUID, session_code: str, *, present: bool, sequence: int) -> None:
    """Keep the newest word about a session."""
    await connection.execute(
        """
        INSERT INTO attendance AS a (registration_id, session_code, present, sequence) VALUES ($1, $2, $3, $4)
        ON CONFLICT (registration_id, session_code) DO UPDATE SET present = excluded.present, sequence = excluded.sequence
        WHERE a.sequence < excluded.sequence
        """,
        registration_id,
        session_code,
        present,
        sequence,
    )


async def plan_again(connection: Connection, registration_ids: Collection[UUID]) -> None:
    """Let the registrations' messages be derived from the agenda once more."""
    await connection.execute("UPDATE registrations SET agenda_digest = NULL WHERE registration_id = ANY($1)", registration_ids)
