"""Claiming messages and letting them go: leases in real time, and a fence that tells one holder from the next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.storage.readiness import FIRST, KNOWN
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Claim:
    """A message held by one worker. A holder whose fence is no longer the row's has lost it."""

    message_id: UUID
    fence: int


_RETRYABLE = "(m.not_before IS NULL OR m.not_before <= clock_timestamp())"

# Materialized, since a subquery could be run more than once, and would then claim more than the limit.
_CLAIM = """
    WITH chosen AS MATERIALIZED (
        SELECT m.message_id FROM messages m
        WHERE m.state = 'planned' AND {which} AND {retryable} AND {known} AND {first}
        ORDER BY {order} LIMIT $1
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messages u SET state = 'claimed', fence = u.fence + 1, lease_until = clock_timestamp() + $2 * interval '1 second'
    FROM chosen
    WHERE u.message_id = chosen.message_id AND u.state = 'planned'
    RETURNING u.message_id, u.fence
"""
_CLAIM_FACTS = _CLAIM.format(known=KNOWN, first=FIRST, retryable=_RETRYABLE, which="m.rank < 3", order="m.due_at, m.rank, m.sequence")
_CLAIM_REMINDERS = _CLAIM.format(known=KNOWN, first=FIRST, retryable=_RETRYABLE, which="m.rank = 3 AND m.due_at <= $3", order="m.due_at")


async def claim(connection: Connection, *, limit: int, lease_seconds: float, now: datetime) -> list[Claim]:
    """Claim messages that may leave now: those that facts caused first, at most one for each registration."""
    rows = await connection.fetch(_CLAIM_FACTS, limit, lease_seconds)
    if len(rows) < limit:
        rows += await connection.fetch(_CLAIM_REMINDERS, limit - len(rows), lease_seconds, now)
    return [Claim(row["message_id"], row["fence"]) for row in rows]


async def free_expired_claims(connection: Connection) -> int:
    """Plan again what a worker claimed and then fell silent about: nothing of it was sent. Returns how many."""
    status: str = await connection.execute(
        """
        UPDATE messages SET state = 'planned', lease_until = NULL, fence = fence + 1
        WHERE state = 'claimed' AND lease_until < clock_timestamp()
        """
    )
    return int(status.rpartition(" ")[2])


async def lock_free(connection: Connection, message_ids: Collection[UUID]) -> set[UUID]:
    """Let nobody else judge, send, settle or plan these messages and plan for their registrations until the transaction ends.

    It waits for nobody. Returns those that somebody else has locked, or whose registration is.
    """
    rows = await connection.fetch(
        """
        WITH wanted AS MATERIALIZED (SELECT message_id, registration_id FROM messages WHERE message_id = ANY($1)),
        people AS MATERIALIZED (
            SELECT r.registration_id FROM registrations r WHERE r.registration_id IN (SELECT registration_id FROM wanted)
            FOR NO KEY UPDATE OF r SKIP LOCKED
        ),
        mails AS MATERIALIZED (
            SELECT m.message_id FROM messages m WHERE m.message_id IN (SELECT message_id FROM wanted)
            FOR NO KEY UPDATE OF m SKIP LOCKED
        )
        SELECT w.message_id FROM wanted w
        WHERE w.message_id NOT IN (SELECT message_id FROM mails)
           OR (w.registration_id NOT IN (SELECT registration_id FROM people)
               AND (SELECT true FROM registrations r WHERE r.registration_id = w.registration_id LIMIT 1))
        """,  # not EXISTS, which may be answered for all registrations at once
        message_ids,
    )
    return {row["message_id"] for row in rows}


async def hold(connection: Connection, claims: Sequence[Claim]) -> dict[Claim, UUID]:
    """Lock the claimed messages that are still their holders'. Returns each claim's registration; those that were lost are left out."""
    rows = await connection.fetch(
        """
        SELECT m.message_id, m.fence, m.registration_id
        FROM messages m JOIN unnest($1::uuid[], $2::bigint[]) AS c (message_id, fence) ON m.message_id = c.message_id AND m.fence = c.fence
        WHERE m.state = 'claimed'
        ORDER BY m.message_id
        FOR NO KEY UPDATE OF m
        """,
        *_columns(claims),
    )
    return {Claim(row["message_id"], row["fence"]): row["registration_id"] for row in rows}


async def may_leave(connection: Connection, message_ids: Collection[UUID]) -> set[UUID]:
    """Those for which what was so when they were claimed is still so."""
    rows = await connection.fetch(
        f"SELECT m.message_id FROM messages m WHERE m.message_id = ANY($1) AND {KNOWN} AND {FIRST}",  # noqa: S608  # fragments of our own, no values
        message_ids,
    )
    return {row["message_id"] for row in rows}


async def release(connection: Connection, claims: Sequence[Claim], *, wait_seconds: float = 0) -> None:
    """Plan messages again whose holder knows that nothing of them was handed over. `wait_seconds` is real time.

    Also those that became uncertain because their holder could not say so in time.
    """
    await connection.execute(
        """
        UPDATE messages m SET state = 'planned', lease_until = NULL, settled_at = NULL, fence = m.fence + 1,
                              not_before = CASE WHEN $3 > 0 THEN clock_timestamp() + $3 * interval '1 second' ELSE m.not_before END
        FROM unnest($1::uuid[], $2::bigint[]) AS c (message_id, fence)
        WHERE m.message_id = c.message_id AND m.fence = c.fence AND m.state IN ('claimed', 'sending', 'uncertain')
        """,
        *_columns(claims),
        wait_seconds,
    )


async def postpone(connection: Connection, claim: Claim, *, wait_seconds: float) -> None:
    """Plan a message again that the server did not take for now: this counts as an attempt. `wait_seconds` is real time.

    Also where its worker was given up meanwhile: a late answer is an answer.
    """
    await connection.execute(
        """
        UPDATE messages SET state = 'planned', lease_until = NULL, settled_at = NULL, fence = fence + 1, attempts = attempts + 1,
                            not_before = clock_timestamp() + $3 * interval '1 second'
        WHERE message_id = $1 AND fence = $2 AND state IN ('claimed', 'sending', 'uncertain')
        """,
        claim.message_id,
        claim.fence,
        wait_seconds,
    )


async def start_sending(connection: Connection, claims: Sequence[Claim], languages: Sequence[str], *, lease_seconds: float) -> None:
    """From the commit of this on, the texts may have left. `languages` are theirs, in the same order."""
    await connection.execute(
        """
        UPDATE messages m SET state = 'sending', language = c.language, lease_until = clock_timestamp() + $4 * interval '1 second'
        FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS c (message_id, fence, language)
        WHERE m.message_id = c.message_id AND m.fence = c.fence AND m.state = 'claimed'
        """,
        *_columns(claims),
        languages,
        lease_seconds,
    )


def _columns(claims: Sequence[Claim]) -> tuple[list[UUID], list[int]]:
    return [claim.message_id for claim in claims], [claim.fence for claim in claims]
