"""Twins of the statements about the receipts of certificates."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement, Where
from tests.faults.simulation.in_memory.twins import columns, twin


@twin(
    "INSERT INTO receipts (fact_id, fact_type, workshop_id, registration_id)",
    says="notes that the fact is to be answered",
    digest="64d1cb0a",
)
def open_receipts(statement: Statement, *columns_of_each: Sequence[Any]) -> list[Row]:
    names = ("fact_id", "fact_type", "workshop_id", "registration_id")
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns_of_each, strict=True)]
    return [columns(statement.insert("receipts", row), "fact_id") for row in rows if statement.in_the_way("receipts", row) is None]


@twin("effects = $3 WHERE fact_id = $1 AND acted_at IS NULL RETURNING *", says="notes what came of the fact", digest="5e7f6074")
def close_receipt(statement: Statement, fact_id: UUID, now: datetime, effects: Row) -> list[Row]:
    return statement.update_where(
        "receipts", lambda row: row["fact_id"] == fact_id and row["acted_at"] is None, acted_at=now, effects=effects
    )


@twin("SELECT * FROM receipts WHERE acted_at IS NULL AND registration_id = ANY($1)", says="locks what is to be answered", digest="52b35507")
def lock_receipts(statement: Statement, registration_ids: Collection[UUID]) -> list[Row]:
    return statement.lock(
        "receipts",
        lambda row: row["acted_at"] is None and row["registration_id"] in registration_ids,
        order=lambda row: (row["registration_id"].bytes, row["fact_id"].bytes),
    )


@twin("acted_at IS NULL OR effects <> $3", says="answers the completion", digest="443cc88a")
def close_completion(statement: Statement, fact_id: UUID, now: datetime, effects: Row) -> list[Row]:
    def news(row: Row) -> bool:
        return row["fact_id"] == fact_id and (row["acted_at"] is None or row["effects"] != effects)

    return statement.update_where("receipts", news, acted_at=now, effects=effects)


@twin("INSERT INTO certificate_changes", says="notes that the workshop's certificates changed", digest="a34ab6d4")
def note_change(statement: Statement, workshop_ids: Collection[UUID]) -> int:
    for workshop_id in workshop_ids:
        statement.insert("certificate_changes", {"id": statement.database.number("certificate_changes"), "workshop_id": workshop_id})
    return len(workshop_ids)


@twin("DELETE FROM certificate_changes WHERE workshop_id = $1", says="forgets the changes that it counts now", digest="be24df23")
def forget_changes(statement: Statement, workshop_id: UUID) -> int:
    return statement.delete_where("certificate_changes", lambda row: row["workshop_id"] == workshop_id)


def _finished(statement: Statement, fact_type: str) -> Where:
    seen = {name: statement.rows(name) for name in ("registrations", "certificates", "certificate_changes")}

    def done(row: Row) -> bool:
        of_it = {name: [other for other in rows if other["workshop_id"] == row["workshop_id"]] for name, rows in seen.items()}
        workshop = statement.get("workshops", row["workshop_id"])
        if workshop is None or row["registration_id"] is not None or row["fact_type"] != fact_type:
            return False
        if workshop["record"] is None or workshop["unsettled"] or workshop["awaiting_facts_since"] is not None:
            return False
        waits = any(other["state"] == "eligible" and other["error"] is None for other in of_it["certificates"])
        unsettled = any(other["unsettled"] for other in of_it["registrations"])
        return not waits and not unsettled and (row["acted_at"] is None or bool(of_it["certificate_changes"]))

    return done


@twin(
    "SELECT r.fact_id, r.workshop_id FROM receipts r JOIN workshops w",
    "SKIP LOCKED",
    says="takes a completion to answer",
    digest="5b976def",
)
def take_finished_workshop(statement: Statement, fact_type: str) -> list[Row]:
    by_id: Any = lambda row: row["fact_id"].bytes  # noqa: E731 - an order
    rows = statement.lock("receipts", _finished(statement, fact_type), order=by_id, limit=1, skip_locked=True)
    return [columns(row, "fact_id", "workshop_id") for row in rows]


@twin(
    "count(*) FILTER (WHERE state IN ('eligible', 'issued')) AS eligible",
    "AS errors",
    says="counts the workshop's certificates",
    digest="ff0d4b3d",
)
def count_certificates(statement: Statement, workshop_id: UUID) -> list[Row]:
    states = [row["state"] for row in statement.rows("certificates", lambda row: row["workshop_id"] == workshop_id)]
    eligible, issued = states.count("eligible"), states.count("issued")
    return [{"eligible": eligible + issued, "issued": issued, "errors": eligible}]
