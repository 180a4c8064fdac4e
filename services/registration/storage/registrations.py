"""Registrations: admission in one statement, the line, and changes of state. Callers hold the workshop's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.registration.domain.form import Submission
from services.registration.domain.places import Admission, Answer, Candidate, Known, Outcome
from services.registration.domain.registration import RegistrationState
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Registration:
    """A locked registration, without anything about the person."""

    id: UUID
    workshop_id: UUID
    number: int
    state: RegistrationState


async def find_workshop_id(connection: Connection, registration_id: UUID) -> UUID | None:
    """The workshop to lock first. It never changes, so no lock is needed to read it."""
    found: UUID | None = await connection.fetchval("SELECT workshop_id FROM registrations WHERE id = $1", registration_id)
    return found


async def lock(connection: Connection, registration_id: UUID) -> Registration | None:
    """Read and lock one registration, after its workshop."""
    row = await connection.fetchrow("SELECT id, workshop_id, number, state FROM registrations WHERE id = $1 FOR UPDATE", registration_id)
    if row is None:
        return None
    return Registration(row["id"], row["workshop_id"], row["number"], RegistrationState(row["state"]))


async def find_known(connection: Connection, workshop_id: UUID, address_keys: Sequence[str]) -> Known:
    """The live registrations of these addresses and the answers their browsers were given."""
    # Address by address: asked for together, all registrations of a workshop that is filling just now may be read for them.
    rows = await connection.fetch(
        """
        SELECT r.* FROM unnest($2::text[]) AS asked (address_key) CROSS JOIN LATERAL (
            SELECT id, address_key, form_token, answered, answered_position FROM registrations
            WHERE workshop_id = $1 AND address_key = asked.address_key AND state IN ('confirmed', 'waiting') LIMIT 1
        ) AS r
        """,
        workshop_id,
        list(address_keys),
    )
    return Known(
        answers={
            Candidate(row["form_token"], row["address_key"]): Answer(Outcome(row["answered"]), row["answered_position"]) for row in rows
        },
        live={row["address_key"]: row["id"] for row in rows},
    )


async def insert_admitted(
    connection: Connection,
    workshop_id: UUID,
    admitted: Sequence[tuple[UUID, Admission, Submission]],
    *,
    time_zone: str,
    now: datetime,
) -> None:
    """Store new registrations with the person and the answers: one statement, however many there are."""
    submissions = [submission for _, _, submission in admitted]
    await connection.execute(
        """
        WITH people AS MATERIALIZED (
            SELECT * FROM unnest($4::uuid[], $5::bigint[], $6::text[], $7::bigint[], $8::uuid[], $9::text[], $10::text[], $11::text[],
                                 $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[])
                 AS n (id, number, state, place_in_line, form_token, address_key, address, given_name, family_name, certificate_name,
                       language, country, institution, position, diet, comments)
        ),
        registered AS (
            INSERT INTO registrations (id, workshop_id, number, state, form_token, address_key, answered, answered_position, submitted_at)
            SELECT id, $1, number, state, form_token, address_key, state, place_in_line, $3 FROM people
        ),
        named AS (
            INSERT INTO participants (registration_id, version, time_zone, address, given_name, family_name, certificate_name, language)
            SELECT id, 1, $2, address, given_name, family_name, certificate_name, language FROM people
        )
        INSERT INTO answers (registration_id, country, institution, position, diet, comments)
        SELECT id, country, institution, position, diet, comments FROM people
        """,
        workshop_id,
        time_zone,
        now,
        [registration_id for registration_id, _, _ in admitted],
        [admission.number for _, admission, _ in admitted],
        [admission.answer.outcome.value for _, admission, _ in admitted],
        [admission.answer.position for _, admission, _ in admitted],
        [submission.form_token for submission in submissions],
        *([getattr(submission, name) for submission in submissions] for name in _TEXTS),
    )


_TEXTS = (
    *("address_key", "address", "given_name", "family_name", "certificate_name", "language"),
    *("country", "institution", "position", "diet", "comments"),
)


async def claim_links(connection: Connection, registration_ids: Sequence[UUID], *, interval: timedelta) -> list[UUID]:
    """Those whose owner may be mailed the link again now. Real time: the limit protects mailboxes, not schedules."""
    rows = await connection.fetch(
        """
        UPDATE registrations SET link_requested_at = clock_timestamp()
        WHERE id = ANY($1::uuid[]) AND (link_requested_at IS NULL OR link_requested_at <= clock_timestamp() - $2::interval)
        RETURNING id
        """,
        list(registration_ids),
        interval,
    )
    return [row["id"] for row in rows]


async def promote_first(connection: Connection, workshop_id: UUID, count: int, *, now: datetime) -> list[UUID]:
    """Confirm the first `count` in line, in the order of admission."""
    rows = await connection.fetch(
        """
        UPDATE registrations r SET state = 'confirmed', promoted_at = $3
        FROM (
            SELECT id FROM registrations WHERE workshop_id = $1 AND state = 'waiting' ORDER BY number LIMIT $2 FOR UPDATE
        ) AS first
        WHERE r.id = first.id RETURNING r.id, r.number
        """,
        workshop_id,
        count,
        now,
    )
    return [row["id"] for row in sorted(rows, key=lambda row: row["number"])]


async def mark_withdrawn(connection: Connection, registration_id: UUID, by: str, *, now: datetime) -> None:
    """A live registration is so no longer; its address may register again."""
    await connection.execute(
        "UPDATE registrations SET state = 'withdrawn', withdrawn_at = $3, withdrawn_by = $2 WHERE id = $1", registration_id, by, now
    )
