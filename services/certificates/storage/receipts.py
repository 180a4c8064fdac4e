"""The facts that are answered with a receipt, each once, however often it is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.certificates.storage.channels import FINISHED, wake
from shared.contracts.certificates import CertificatesActed
from shared.contracts.workshop_events import WorkshopCompleted
from shared.runtime.database import Connection

_FINISHED = """
    FROM receipts r JOIN workshops w USING (workshop_id)
    WHERE r.registration_id IS NULL AND r.fact_type = $1
        AND (r.acted_at IS NULL OR EXISTS (SELECT FROM certificate_changes h WHERE h.workshop_id = r.workshop_id))
        AND w.record IS NOT NULL AND NOT w.unsettled AND w.awaiting_facts_since IS NULL
        AND NOT EXISTS (SELECT FROM registrations g WHERE g.workshop_id = r.workshop_id AND g.unsettled)
        AND NOT EXISTS (SELECT FROM certificates e WHERE e.workshop_id = r.workshop_id AND e.state = 'eligible' AND e.error IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that asks for a receipt; without a registration it is about the whole workshop."""

    fact_id: UUID
    fact_type: str
    workshop_id: UUID
    registration_id: UUID | None = None


async def open_receipts(connection: Connection, facts: Sequence[Fact]) -> set[UUID]:
    """Note that facts are to be answered. Returns the ids of those that were not noted before."""
    if not facts:
        return set()
    rows = await connection.fetch(
        """
        INSERT INTO receipts (fact_id, fact_type, workshop_id, registration_id)
        SELECT n.* FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[]) AS n (fact_id, fact_type, workshop_id, registration_id)
        ORDER BY n.fact_id
        ON CONFLICT DO NOTHING RETURNING fact_id
        """,
        [fact.fact_id for fact in facts],
        [fact.fact_type for fact in facts],
        [fact.workshop_id for fact in facts],
        [fact.registration_id for fact in facts],
    )
    return {row["fact_id"] for row in rows}


async def open_receipt(connection: Connection, fact: Fact) -> bool:
    """Note one. False: it was noted before."""
    return bool(await open_receipts(connection, [fact]))


async def close_receipt(connection: Connection, fact_id: UUID, *, effects: Mapping[str, int], now: datetime) -> CertificatesActed | None:
    """Note what came of it. Returns the receipt to publish, None if that was done before."""
    row = await connection.fetchrow(
        "UPDATE receipts SET acted_at = $2, effects = $3 WHERE fact_id = $1 AND acted_at IS NULL RETURNING *", fact_id, now, dict(effects)
    )
    return _receipt(row) if row else None


async def close_receipts_of(
    connection: Connection, effects: Mapping[UUID, Mapping[str, int]], registration_ids: Collection[UUID], *, now: datetime
) -> list[CertificatesActed]:
    """Note what came of everything that was said of these registrations. `effects` by registration, where something had to be done."""
    rows = await connection.fetch(
        """
        SELECT * FROM receipts WHERE acted_at IS NULL AND registration_id = ANY($1) ORDER BY registration_id, fact_id FOR UPDATE
        """,
        list(registration_ids),
    )
    closed = []
    for row in rows:
        receipt = await close_receipt(connection, row["fact_id"], effects=effects.get(row["registration_id"], {}), now=now)
        if receipt:
            closed.append(receipt)
    return closed


async def close_completion(connection: Connection, fact_id: UUID, *, effects: Mapping[str, int], now: datetime) -> CertificatesActed | None:
    """Note what came of a completion so far. Returns the receipt to publish, None if these very counts were told before."""
    row = await connection.fetchrow(
        "UPDATE receipts SET acted_at = $2, effects = $3 WHERE fact_id = $1 AND (acted_at IS NULL OR effects <> $3) RETURNING *",
        fact_id,
        now,
        dict(effects),
    )
    return _receipt(row) if row else None


async def note_change(connection: Connection, workshop_ids: Collection[UUID]) -> None:
    """Certificates of these workshops come or go in this transaction. A row of its own for each: nobody waits for anybody."""
    await connection.execute("INSERT INTO certificate_changes (workshop_id) SELECT unnest($1::uuid[])", list(workshop_ids))
    await wake(connection, FINISHED)


async def take_finished_workshop(connection: Connection) -> tuple[UUID, dict[str, int]] | None:
    """A completion that can be answered, or answered anew: all that is there is read, applied and rendered. Locked.

    Returns it with how many certificates are earned, issued, and cannot be set.
    """
    finished = await connection.fetchrow(
        f"SELECT r.fact_id, r.workshop_id {_FINISHED} ORDER BY r.fact_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED",
        WorkshopCompleted.type,
    )
    if finished is None:
        return None
    # Deleted before it is counted, by a statement of its own: the count sees at least what these changes did, and what is committed later
    # leaves a row behind that asks for another count.
    await connection.execute("DELETE FROM certificate_changes WHERE workshop_id = $1", finished["workshop_id"])
    row = await connection.fetchrow(
        """
        SELECT
            count(*) FILTER (WHERE state IN ('eligible', 'issued')) AS eligible,
            count(*) FILTER (WHERE state = 'issued') AS issued,
            count(*) FILTER (WHERE state = 'eligible') AS errors
        FROM certificates WHERE workshop_id = $1
        """,
        finished["workshop_id"],
    )
    effects = {"eligible": row["eligible"], "issued": row["issued"]}
    return finished["fact_id"], effects | ({"errors": row["errors"]} if row["errors"] else {})


def _receipt(row: Record) -> CertificatesActed:
    return CertificatesActed(
        workshop_id=row["workshop_id"],
        registration_id=row["registration_id"],
        fact_id=row["fact_id"],
        fact_type=row["fact_type"],
        acted_at=row["acted_at"],
        effects=row["effects"],
    )
