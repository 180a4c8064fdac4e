"""The facts that are answered with a receipt, each once, however often it is read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shared.contracts.certificates import CertificatesActed
from shared.runtime.database import Connection


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


async def take_finished_workshop(connection: Connection) -> tuple[UUID, dict[str, int]] | None:
    """A fact about a workshop whose work is done for what is there, and how many certificates are earned, issued, and cannot be set."""
    row = await connection.fetchrow(
        """
        SELECT r.fact_id,
            count(c.*) FILTER (WHERE c.state IN ('eligible', 'issued')) AS eligible,
            count(c.*) FILTER (WHERE c.state = 'issued') AS issued,
            count(c.*) FILTER (WHERE c.state = 'eligible') AS errors
        FROM (
            SELECT r.fact_id, r.workshop_id FROM receipts r JOIN workshops w USING (workshop_id)
            WHERE r.acted_at IS NULL AND r.registration_id IS NULL AND w.record IS NOT NULL AND NOT w.unsettled
                AND NOT EXISTS (SELECT FROM registrations g WHERE g.workshop_id = r.workshop_id AND g.unsettled)
                AND NOT EXISTS (
                    SELECT FROM certificates e WHERE e.workshop_id = r.workshop_id AND e.state = 'eligible' AND e.error IS NULL
                )
            ORDER BY r.fact_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED
        ) r
        LEFT JOIN certificates c USING (workshop_id)
        GROUP BY r.fact_id
        """
    )
    if row is None:
        return None
    effects = {"eligible": row["eligible"], "issued": row["issued"]}
    return row["fact_id"], effects | ({"errors": row["errors"]} if row["errors"] else {})


def _receipt(row: Record) -> CertificatesActed:
    return CertificatesActed(
        workshop_id=row["workshop_id"],
        registration_id=row["registration_id"],
        fact_id=row["fact_id"],
        fact_type=row["fact_type"],
        acted_at=row["acted_at"],
        effects=row["effects"],
    )
