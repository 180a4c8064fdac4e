"""The ends that a message can come to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.notifications.domain.truth import Skip
from services.notifications.storage.claims import Claim
from services.notifications.storage.fates import COLUMNS, Fate, to_fate
from shared.runtime.database import Connection


async def settle_sent(connection: Connection, sent: Sequence[tuple[Claim, datetime]]) -> list[Fate]:
    """The server took them, each at its business time. Also where their worker was given up meanwhile: a late answer is an answer.

    Those that were decided otherwise are left out.
    """
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'sent', lease_until = NULL, not_before = NULL, settled_at = c.taken_at
        FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS c (message_id, fence, taken_at)
        WHERE m.message_id = c.message_id AND m.fence = c.fence AND m.state IN ('sending', 'uncertain')
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        [claim.message_id for claim, _ in sent],
        [claim.fence for claim, _ in sent],
        [taken_at for _, taken_at in sent],
    )
    return [to_fate(row) for row in rows]


async def settle_failed(connection: Connection, claim: Claim, reason: str, *, now: datetime) -> list[Fate]:
    """The server refused for good. `reason` names no address."""
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'failed', failure = $4, lease_until = NULL, not_before = NULL, settled_at = $3
        WHERE message_id = $1 AND fence = $2 AND state IN ('claimed', 'sending', 'uncertain')
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        claim.message_id,
        claim.fence,
        now,
        reason,
    )
    return [to_fate(row) for row in rows]


async def settle_uncertain(connection: Connection, claim: Claim, *, now: datetime) -> list[Fate]:
    """The text was handed over and no answer came."""
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'uncertain', lease_until = NULL, settled_at = $3
        WHERE message_id = $1 AND fence = $2 AND state = 'sending'
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        claim.message_id,
        claim.fence,
        now,
    )
    return [to_fate(row) for row in rows]


async def settle_abandoned(connection: Connection, *, now: datetime) -> list[Fate]:
    """What workers were sending when they fell silent is uncertain."""
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'uncertain', lease_until = NULL, settled_at = $1
        WHERE state = 'sending' AND lease_until < clock_timestamp()
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        now,
    )
    return [to_fate(row) for row in rows]


async def settle_skipped(connection: Connection, skips: Sequence[tuple[Claim, Skip]], *, now: datetime) -> list[Fate]:
    """Claimed messages that are no longer true."""
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'skipped', skip_reason = s.reason, superseded_by = s.by, lease_until = NULL, not_before = NULL,
                              settled_at = $5
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[]) AS s (message_id, fence, reason, by)
        WHERE m.message_id = s.message_id AND m.fence = s.fence AND m.state = 'claimed'
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        [claim.message_id for claim, _ in skips],
        [claim.fence for claim, _ in skips],
        [skip.reason.value for _, skip in skips],
        [skip.superseded_by for _, skip in skips],
        now,
    )
    return [to_fate(row) for row in rows]


async def settle_erased(connection: Connection, registration_id: UUID, *, by: UUID, now: datetime) -> list[Fate]:
    """Whatever waits for an erased registration is skipped; a worker that has claimed it finds it lost."""
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'skipped', skip_reason = 'erased', superseded_by = $2, lease_until = NULL, not_before = NULL,
                              fence = m.fence + 1, settled_at = $3
        WHERE registration_id = $1 AND state IN ('planned', 'claimed')
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        registration_id,
        by,
        now,
    )
    return [to_fate(row) for row in rows]


async def settle_stragglers_of_erased(connection: Connection, *, now: datetime) -> list[Fate]:
    """Skip what was planned for a registration by a fact that was being heard while another connection erased it."""
    rows = await connection.fetch(
        f"""
        UPDATE messages m SET state = 'skipped', skip_reason = 'erased', not_before = NULL, fence = m.fence + 1, settled_at = $1
        FROM erased e
        WHERE m.registration_id = e.registration_id AND m.state = 'planned' AND m.rank < 3
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        now,
    )
    await connection.execute(
        "DELETE FROM certificates c USING erased e WHERE c.registration_id = e.registration_id AND c.registration_id = ANY($1)",
        [row["registration_id"] for row in rows],
    )
    return [to_fate(row) for row in rows]


async def settle_uncertain_as_arrived(connection: Connection, message_id: UUID, *, now: datetime) -> Fate | None:
    """An organiser knows that an uncertain message arrived. None if it is not uncertain (any more)."""
    row = await connection.fetchrow(
        f"""
        UPDATE messages m SET state = 'sent', fence = m.fence + 1, settled_at = $2 WHERE message_id = $1 AND state = 'uncertain'
        RETURNING {COLUMNS}
        """,  # noqa: S608  # fragments of our own, no values
        message_id,
        now,
    )
    return to_fate(row) if row else None


async def plan_uncertain_again(connection: Connection, message_id: UUID) -> bool:
    """An organiser wants an uncertain message sent again, under the same Message-ID. False if it is not uncertain (any more)."""
    status: str = await connection.execute(
        "UPDATE messages SET state = 'planned', fence = fence + 1, settled_at = NULL WHERE message_id = $1 AND state = 'uncertain'",
        message_id,
    )
    return status.endswith("1")
