"""The facts that are answered with a receipt, each once, however often it is read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.certificates.storage.channels import FINISHED, wake
from shared.contracts.certificates import CertificatesActed
from shared.contracts.workshop_events import WorkshopCompleted
from shared.runtime.database import Connection

_COUNTING = 0xCE47
"""The class of the advisory locks between changes to a workshop's certificates and their count; the object is the workshop."""

_FINISHED = """
    FROM receipts r JOIN workshops w USING (workshop_id)
    WHERE (r.acted_at IS NULL OR r.outdated) AND r.registration_id IS NULL
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


async def open_receipt(connection: Connection, fact: Fact) -> bool:
    """Note that the fact is to be answered. False: it was noted before."""
    return bool(
        await connection.fetchval(
            """
            INSERT INTO receipts (fact_id, fact_type, workshop_id, registration_id) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING RETURNING true
            """,
            fact.fact_id,
            fact.fact_type,
            fact.workshop_id,
            fact.registration_id,
        )
    )


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
        """
        UPDATE receipts r SET acted_at = $2, effects = $3, outdated = false FROM (SELECT * FROM receipts WHERE fact_id = $1) before
        WHERE r.fact_id = $1 AND (r.acted_at IS NULL OR r.outdated)
        RETURNING r.*, before.effects IS DISTINCT FROM r.effects OR before.acted_at IS NULL AS changed
        """,
        fact_id,
        now,
        dict(effects),
    )
    return _receipt(row) if row and row["changed"] else None


async def note_change(connection: Connection, workshop_ids: Collection[UUID]) -> None:
    """Certificates of these workshops come or go in this transaction: a completion that was answered is to be counted again."""
    for workshop_id in sorted(workshop_ids):
        # Shared among all who change something, and against the one who counts: it counts what is committed, or hears that it is not all.
        await connection.execute("SELECT pg_advisory_xact_lock_shared($1, hashtext($2))", _COUNTING, str(workshop_id))
    await connection.execute(
        """
        UPDATE receipts SET outdated = true
        WHERE workshop_id = ANY($1) AND registration_id IS NULL AND fact_type = $2 AND NOT outdated
        """,
        list(workshop_ids),
        WorkshopCompleted.type,
    )
    await wake(connection, FINISHED)


async def find_finished_workshop(connection: Connection) -> UUID | None:
    """A workshop whose completion can be answered, or answered anew: all that is there is read, applied and rendered."""
    found: UUID | None = await connection.fetchval(f"SELECT r.workshop_id {_FINISHED} ORDER BY r.fact_id LIMIT 1")
    return found


async def take_finished_workshop(connection: Connection, workshop_id: UUID) -> tuple[UUID, dict[str, int]] | None:
    """The completion, if it still can be answered, and how many certificates are earned, issued, and cannot be set; locked."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _COUNTING, str(workshop_id))
    fact_id = await connection.fetchval(f"SELECT r.fact_id {_FINISHED} AND w.workshop_id = $1 FOR UPDATE OF r", workshop_id)
    if fact_id is None:
        return None
    row = await connection.fetchrow(
        """
        SELECT
            count(*) FILTER (WHERE state IN ('eligible', 'issued')) AS eligible,
            count(*) FILTER (WHERE state = 'issued') AS issued,
            count(*) FILTER (WHERE state = 'eligible') AS errors
        FROM certificates WHERE workshop_id = $1
        """,
        workshop_id,
    )
    effects = {"eligible": row["eligible"], "issued": row["issued"]}
    return fact_id, effects | ({"errors": row["errors"]} if row["errors"] else {})


def _receipt(row: Record) -> CertificatesActed:
    return CertificatesActed(
        workshop_id=row["workshop_id"],
        registration_id=row["registration_id"],
        fact_id=row["fact_id"],
        fact_type=row["fact_type"],
        acted_at=row["acted_at"],
        effects=row["effects"],
    )
