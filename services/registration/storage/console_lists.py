"""Lists for organisers, page by page: each page begins after the last row of the one before, so that nothing shifts between them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registration.domain.registration import RegistrationState
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection

_MARKS = r"[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
"""Accents and other marks that stand by themselves once a letter is decomposed, as PostgreSQL's regular expressions have them."""


@dataclass(frozen=True, slots=True)
class ListedRegistration:
    """A row of the list. Names and address are empty once erased; `sessions_attended` counts presence as recorded now."""

    id: UUID
    number: int
    state: RegistrationState
    submitted_at: datetime
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    address: str = field(repr=False)
    country: str
    language: str
    sessions_attended: int


@dataclass(frozen=True, slots=True)
class RegistrationPage:
    """`next_after` is the number to continue after, None on the last page."""

    rows: tuple[ListedRegistration, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class CheckInRow:
    """A confirmed person on the check-in page; `present` is None until recorded."""

    id: UUID
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    country: str
    present: bool | None


async def list_registrations(
    connection: Connection, workshop_id: UUID, *, state: RegistrationState | None = None, text: str = "", after: int = 0, limit: int = 50
) -> RegistrationPage:
    """In the order of admission; with `text`, only those whose name (either way round), address or number contains it."""
    rows = await connection.fetch(
        """
        SELECT r.id, r.number, r.state, r.submitted_at,
               coalesce(p.given_name, '') AS given_name, coalesce(p.family_name, '') AS family_name, coalesce(p.address, '') AS address,
               coalesce(a.country, '') AS country, coalesce(p.language, '') AS language,
               (SELECT count(*) FROM attendance t WHERE t.registration_id = r.id AND t.present) AS sessions_attended
        FROM registrations r
        LEFT JOIN participants p ON p.registration_id = r.id
        LEFT JOIN answers a ON a.registration_id = r.id
        WHERE r.workshop_id = $1 AND r.number > $2 AND ($3::text IS NULL OR r.state = $3)
          AND ($5 = '' OR position(lower($5) IN lower(concat_ws(' ', p.given_name, p.family_name, p.given_name, p.address, r.number))) > 0)
        ORDER BY r.number LIMIT $4
        """,
        workshop_id,
        after,
        state,
        limit + 1,
        text.strip(),
    )
    listed = tuple(_listed(row) for row in rows[:limit])
    return RegistrationPage(listed, listed[-1].number if len(rows) > limit else None)


async def list_for_check_in(
    connection: Connection, workshop_id: UUID, session_code: str, *, parts: Sequence[str] = (), limit: int = 500
) -> list[CheckInRow]:
    """The first `limit` confirmed people by admission, in the order of their family names, with their presence at one session.

    `parts` are in small letters without accents; with any, only those whose name has all of them, however it is written.
    """
    rows = await connection.fetch(
        """
        SELECT id, given_name, family_name, country, present FROM (
            SELECT r.id, r.number, p.given_name, p.family_name, a.country, t.present
            FROM registrations r
            JOIN participants p ON p.registration_id = r.id
            JOIN answers a ON a.registration_id = r.id
            LEFT JOIN attendance t ON t.registration_id = r.id AND t.session_code = $2
            CROSS JOIN LATERAL (
                SELECT normalize(translate(lower(concat_ws(' ', p.given_name, p.family_name)), 'đłə\u03c2', 'dle\u03c3'), NFKD) AS letters
            ) AS name
            CROSS JOIN LATERAL (SELECT replace(regexp_replace(name.letters, $5, '', 'g'), 'ß', 'ss') AS plain) AS typed
            WHERE r.workshop_id = $1 AND r.state = 'confirmed'
              AND (
                  cardinality($3::text[]) = 0 OR NOT EXISTS (SELECT FROM unnest($3::text[]) AS part WHERE position(part IN typed.plain) = 0)
              )
            ORDER BY r.number LIMIT $4
        ) AS first
        ORDER BY family_name, given_name, number
        """,
        workshop_id,
        session_code,
        list(parts),
        limit,
        _MARKS,
    )
    return [CheckInRow(**dict(row)) for row in rows]


async def find_for_check_in(connection: Connection, workshop_id: UUID, session_code: str, registration_id: UUID) -> CheckInRow | None:
    """One confirmed person of a workshop, as on the check-in page."""
    row = await connection.fetchrow(
        """
        SELECT r.id, p.given_name, p.family_name, a.country, t.present
        FROM registrations r
        JOIN participants p ON p.registration_id = r.id
        JOIN answers a ON a.registration_id = r.id
        LEFT JOIN attendance t ON t.registration_id = r.id AND t.session_code = $2
        WHERE r.id = $3 AND r.workshop_id = $1 AND r.state = 'confirmed'
        """,
        workshop_id,
        session_code,
        registration_id,
    )
    return None if row is None else CheckInRow(**dict(row))


async def count_states(connection: Connection, workshop_id: UUID) -> dict[RegistrationState, int]:
    """How many registrations are in each state; states without any are 0.

    Those who have a place or wait for one are counted with the workshop, by whoever admits them; the others are few.
    """
    rows = await connection.fetch(
        """
        SELECT 'confirmed' AS state, confirmed_count AS people FROM workshops WHERE id = $1
        UNION ALL
        SELECT 'waiting', waiting_count FROM workshops WHERE id = $1
        UNION ALL
        SELECT state, count(*) FROM registrations WHERE workshop_id = $1 AND state IN ('withdrawn', 'erased') GROUP BY state
        """,
        workshop_id,
    )
    counts = {row["state"]: row["people"] for row in rows}
    return {state: counts.get(state, 0) for state in RegistrationState}


async def count_earned(connection: Connection, workshop: WorkshopRecorded) -> int:
    """How many confirmed people were present at what the workshop's rule asks for; 0 where it gives no certificates."""
    if workshop.certificate is None:
        return 0
    minutes = workshop.session_minutes
    asked = workshop.certificate.asks_for(minutes)
    people: int = await connection.fetchval(
        """
        SELECT count(*) FROM (
            SELECT FROM attendance t JOIN registrations r ON r.id = t.registration_id
            JOIN unnest($2::text[], $3::integer[]) AS s (code, minutes) ON s.code = t.session_code
            WHERE t.workshop_id = $1 AND r.workshop_id = $1 AND r.state = 'confirmed' AND t.present GROUP BY r.id
            HAVING count(*) >= $4 AND sum(s.minutes) >= $5 AND array_agg(t.session_code) @> $6::text[]
        ) AS earned
        """,
        workshop.workshop_id,
        list(minutes),
        list(minutes.values()),
        asked.sessions,
        asked.minutes,
        list(asked.required),
    )
    return people


async def count_present(connection: Connection, workshop_id: UUID) -> dict[str, int]:
    """How many people were present, by session code."""
    rows = await connection.fetch(
        """
        SELECT session_code, count(*) AS people FROM attendance WHERE workshop_id = $1 AND present GROUP BY session_code
        """,
        workshop_id,
    )
    return {row["session_code"]: row["people"] for row in rows}


def _listed(row: Any) -> ListedRegistration:
    return ListedRegistration(**{**dict(row), "state": RegistrationState(row["state"])})
