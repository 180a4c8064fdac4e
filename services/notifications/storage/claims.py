"""Claiming messages and letting them go: leases in real time, and a fence that tells one holder from the next."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.storage.readiness import FIRST, JOINS, KNOWN
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
        SELECT m.message_id FROM messages m {joins}
        WHERE m.state = 'planned' AND {which} AND {retryable} AND {known} AND {first}
        ORDER BY {order} LIMIT $1
        FOR UPDATE OF m SKIP LOCKED
    )
    UPDATE messages u SET state = 'claimed', fence = u.fence + 1, lease_until = clock_timestamp() + $2 * interval '1 second'
    FROM chosen
    WHERE u.message_id = chosen.message_id AND u.state = 'planned'
    RETURNING u.message_id, u.fence
"""
_CLAIM_FACTS = _CLAIM.format(
    joins=JOINS, known=KNOWN, first=FIRST, retryable=_RETRYABLE, which="m.rank < 3", order="m.due_at, m.rank, m.sequence"
)
_CLAIM_REMINDERS = _CLAIM.format(
    joins=JOINS, known=KNOWN, first=FIRST, retryable=_RETRYABLE, which="m.rank = 3 AND m.due_at <= $3", order="m.due_at"
)


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


async def registration_of(connection: Connection, claim: Claim) -> UUID | None:
    """The registration that a message is for."""
    found: UUID | None = await connection.fetchval("SELECT registration_id FROM messages WHERE message_id = $1", claim.message_id)
    return found


async def hold(connection: Connection, claim: Claim) -> bool:
    """Lock a claimed message that is still ours. False if it was lost."""
    return bool(
        await connection.fetchval(
            "SELECT true FROM messages WHERE message_id = $1 AND fence = $2 AND state = 'claimed' FOR UPDATE", claim.message_id, claim.fence
        )
    )


async def may_leave(connection: Connection, claim: Claim) -> bool:
    """Whether what was so when the message was claimed is still so."""
    found = await connection.fetchval(
        f"SELECT true FROM messages m {JOINS} WHERE m.message_id = $1 AND {KNOWN} AND {FIRST}",  # noqa: S608  # fragments of our own, no values
        claim.message_id,
    )
    return bool(found)


async def release(connection: Connection, claim: Claim, *, wait_seconds: float = 0) -> None:
    """Plan a message again whose holder knows that nothing of it was handed over. `wait_seconds` is real time.

    Also one that became uncertain because its holder could not say so in time.
    """
    await connection.execute(
        """
        UPDATE messages SET state = 'planned', lease_until = NULL, settled_at = NULL, fence = fence + 1,
                            not_before = CASE WHEN $3 > 0 THEN clock_timestamp() + $3 * interval '1 second' ELSE not_before END
        WHERE message_id = $1 AND fence = $2 AND state IN ('claimed', 'sending', 'uncertain')
        """,
        claim.message_id,
        claim.fence,
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


async def start_sending(connection: Connection, claim: Claim, *, language: str, lease_seconds: float) -> None:
    """From the commit of this on, the text may have left."""
    await connection.execute(
        """
        UPDATE messages SET state = 'sending', language = $3, lease_until = clock_timestamp() + $4 * interval '1 second'
        WHERE message_id = $1 AND fence = $2 AND state = 'claimed'
        """,
        claim.message_id,
        claim.fence,
        language,
        lease_seconds,
    )
