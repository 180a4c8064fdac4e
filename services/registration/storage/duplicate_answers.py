"""What was told to forms whose address was registered already. Callers hold the workshop's lock, except for forgetting."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.registration.domain.places import ANSWERS_AFTER_END, Answer, Outcome
from shared.runtime.database import Connection


async def find(
    connection: Connection, registration_ids: Collection[UUID], form_tokens: Collection[UUID]
) -> dict[tuple[UUID, UUID], Answer]:
    """The answers given to any of these forms about any of these registrations, by (registration, form token)."""
    rows = await connection.fetch(
        """
        SELECT registration_id, form_token, answered, answered_position FROM duplicate_answers
        WHERE registration_id = ANY($1::uuid[]) AND form_token = ANY($2::uuid[])
        """,
        list(registration_ids),
        list(form_tokens),
    )
    return {(row["registration_id"], row["form_token"]): Answer(Outcome(row["answered"]), row["answered_position"]) for row in rows}


async def remember(connection: Connection, workshop_id: UUID, given: Sequence[tuple[UUID, UUID, Answer]]) -> None:
    """Store (registration, form token, answer) of each form that was answered like a new one."""
    await connection.execute(
        """
        INSERT INTO duplicate_answers (registration_id, form_token, workshop_id, answered, answered_position)
        SELECT n.registration_id, n.form_token, $1, n.answered, n.position
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[]) AS n (registration_id, form_token, answered, position)
        ON CONFLICT (registration_id, form_token) DO NOTHING
        """,
        workshop_id,
        [registration_id for registration_id, _, _ in given],
        [form_token for _, form_token, _ in given],
        [answer.outcome.value for _, _, answer in given],
        [answer.position for _, _, answer in given],
    )


async def forget(connection: Connection, registration_id: UUID) -> None:
    """Delete those about one registration."""
    await connection.execute("DELETE FROM duplicate_answers WHERE registration_id = $1", registration_id)


async def trim(connection: Connection, now: datetime, *, limit: int = 10_000) -> int:
    """Delete up to `limit` that nobody is told any more, those of workshops that are long over, and return how many."""
    status: str = await connection.execute(
        """
        DELETE FROM duplicate_answers WHERE (registration_id, form_token) IN (
            SELECT d.registration_id, d.form_token
            FROM workshops w CROSS JOIN LATERAL (
                SELECT registration_id, form_token FROM duplicate_answers WHERE workshop_id = w.id LIMIT $2 FOR UPDATE SKIP LOCKED
            ) AS d
            WHERE w.ends_at <= $1 LIMIT $2
        )
        """,
        now - ANSWERS_AFTER_END,
        limit,
    )
    return int(status.removeprefix("DELETE "))
