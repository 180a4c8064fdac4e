"""Twins of the statements about what organisers decide of certificates: how they look, who teaches, and that all are issued again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import columns, twin


@twin("SELECT workshop_id, version, template FROM certificate_templates", says="reads how certificates look", digest="2c027d2f")
def read_templates(statement: Statement, workshop_ids: Collection[UUID]) -> list[Row]:
    rows = statement.rows("certificate_templates", lambda row: row["workshop_id"] in workshop_ids)
    return [columns(row, "workshop_id", "version", "template") for row in rows]


@twin("INSERT INTO certificate_templates", says="keeps how certificates look", digest="a59ccbd1")
def keep_template(statement: Statement, workshop_id: UUID, version: int, template: Any) -> list[Row]:
    row = {"workshop_id": workshop_id, "version": version, "template": template}
    there = statement.in_the_way("certificate_templates", row)
    if there is None and version == 1:
        statement.insert("certificate_templates", row)
    elif there is not None and there["version"] == version - 1:
        statement.update("certificate_templates", there, version=version, template=template)
    else:
        return []
    return [{"bool": True}]


@twin("INSERT INTO trainers (registration_id", "VALUES ($1, $2, $3, $4)", says="notes that they teach", digest="b3c9a852")
def add_trainer(statement: Statement, registration_id: UUID, workshop_id: UUID, at: datetime, organiser: str) -> int:
    row = {"registration_id": registration_id, "workshop_id": workshop_id, "at": at, "organiser": organiser}
    if statement.in_the_way("trainers", row) is not None:
        return 0
    statement.insert("trainers", row)
    return 1


@twin("DELETE FROM trainers WHERE registration_id = $1", says="notes that they do not teach", digest="46ba9694")
def remove_trainer(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("trainers", lambda row: row["registration_id"] == registration_id)


@twin("DELETE FROM approvals WHERE registration_id = $1", says="forgets that it was approved", digest="0b74e26c")
def forget_approval(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("approvals", lambda row: row["registration_id"] == registration_id)


@twin("UPDATE registrations SET unsettled = true WHERE registration_id = $1", says="has the rule applied to them", digest="c542234c")
def unsettle(statement: Statement, registration_id: UUID) -> int:
    return len(statement.update_where("registrations", lambda row: row["registration_id"] == registration_id, unsettled=True))


@twin("UPDATE workshops SET issue_again_before = $2", says="asks for all to be issued again", digest="16157b5b")
def ask(statement: Statement, workshop_id: UUID, before: datetime) -> int:
    idle = statement.lock("workshops", lambda row: row["workshop_id"] == workshop_id and row["issue_again_before"] is None)
    for row in idle:
        statement.update("workshops", row, issue_again_before=before)
    return len(idle)


@twin("SELECT workshop_id, issue_again_before FROM workshops w", says="looks for certificates to issue again", digest="bb71afb8")
def lock_asked(statement: Statement, most: int) -> list[Row]:
    def fits(workshop: Row) -> bool:
        before = workshop["issue_again_before"]

        def waits(row: Row) -> bool:
            mine = row["workshop_id"] == workshop["workshop_id"] and row["state"] == "eligible"
            return bool(mine and (row["error"] is None or row["eligible_at"] >= before))

        return before is not None and len(statement.rows("certificates", waits)) < most

    by_id: Any = lambda row: row["workshop_id"].bytes  # noqa: E731 - an order
    rows = statement.lock("workshops", fits, order=by_id, limit=1, skip_locked=True)
    return [columns(row, "workshop_id", "issue_again_before") for row in rows]


@twin(
    "UPDATE certificates SET error = NULL, retry_at = NULL WHERE workshop_id = $1",
    says="has what could not be set tried again",
    digest="0d61dd64",
)
def retry_workshop(statement: Statement, workshop_id: UUID) -> int:
    def held_back(row: Row) -> bool:
        return bool(row["workshop_id"] == workshop_id and row["state"] == "eligible" and row["error"] is not None)

    return len(statement.update_where("certificates", held_back, error=None, retry_at=None))


@twin("WHERE workshop_id = $1 AND state = 'issued' AND issued_at < $2", says="finds some of them", digest="92ddb36a")
def find_portion(statement: Statement, workshop_id: UUID, before: datetime, limit: int) -> list[Row]:
    def earlier(row: Row) -> bool:
        mine = row["workshop_id"] == workshop_id and row["state"] == "issued"
        return bool(mine and row["issued_at"] < before and row["eligible_at"] < before)

    rows = sorted(statement.rows("certificates", earlier), key=lambda row: row["issued_at"])
    return [columns(row, "registration_id") for row in rows[:limit]]


@twin("UPDATE workshops SET issue_again_before = NULL", says="notes that all were issued again", digest="4e4139bf")
def finish(statement: Statement, workshop_id: UUID) -> int:
    return len(statement.update_where("workshops", lambda row: row["workshop_id"] == workshop_id, issue_again_before=None))
