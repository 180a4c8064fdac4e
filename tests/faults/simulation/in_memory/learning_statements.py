"""Twins of the statements with which certificates keep what they hear of workshops and registrations."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement, Where
from tests.faults.simulation.in_memory.twins import columns, twin


@twin("INSERT INTO workshops AS w (workshop_id, version, record)", says="keeps the workshop's record", digest="2c0c1933")
def save_record(statement: Statement, workshop_id: UUID, version: int, record: Row) -> list[Row]:
    new = {"workshop_id": workshop_id, "version": version, "record": record}
    old = statement.in_the_way("workshops", new)
    if old is None:
        statement.insert("workshops", new)
    elif old["version"] < version:
        statement.update("workshops", old, version=version, record=record, unsettled=True)
    else:
        return []
    return [{"bool": True}]


@twin("INSERT INTO workshops AS w (workshop_id, version, completed_at", says="notes the completion", digest="889e71a3")
def save_completion(statement: Statement, workshop_id: UUID, at: datetime, *cause: str | None) -> int:
    origin = dict(zip(("completion_correlation_id", "completion_traceparent"), cause, strict=False))
    new = {"completed_at": at, "awaiting_facts_since": statement.now} | origin
    key = {"workshop_id": workshop_id, "version": 0}
    old = statement.in_the_way("workshops", key)
    if old is None:
        statement.insert("workshops", key | new)
    elif old["completed_at"] is None:
        statement.update("workshops", old, **new)
    else:
        return 0
    return 1


@twin(
    "SELECT workshop_id FROM workshops WHERE awaiting_facts_since IS NOT NULL",
    says="looks which completions wait for facts",
    digest="df722de6",
)
def read_awaiting_facts(statement: Statement) -> list[Row]:
    rows = statement.rows("workshops", lambda row: row["awaiting_facts_since"] is not None)
    return [columns(row, "workshop_id") for row in rows]


@twin("UPDATE workshops SET awaiting_facts_since = NULL", says="lets the completion go on", digest="e45f3aa8")
def end_awaiting_facts(statement: Statement, workshop_ids: Collection[UUID], after: timedelta) -> int:
    before = statement.now - after

    def due(row: Row) -> bool:
        since = row["awaiting_facts_since"]
        return row["workshop_id"] in workshop_ids and since is not None and since <= before

    return len(statement.update_where("workshops", due, awaiting_facts_since=None, unsettled=True))


@twin("completed_at IS NOT NULL AND awaiting_facts_since IS NULL AS completed", says="reads about the workshops", digest="fcec1b19")
def read_workshops(statement: Statement, workshop_ids: Collection[UUID]) -> list[Row]:
    rows = statement.rows("workshops", lambda row: row["workshop_id"] in workshop_ids)
    return [columns(row, "workshop_id", "record", completed=_completed(row)) for row in rows]


def _completed(workshop: Row) -> bool:
    return workshop["completed_at"] is not None and workshop["awaiting_facts_since"] is None


@twin("SELECT workshop_id FROM workshops WHERE unsettled", "SKIP LOCKED", says="looks for a workshop with news", digest="0451dd55")
def lock_unsettled_workshop(statement: Statement) -> list[Row]:
    by_id: Any = lambda row: row["workshop_id"].bytes  # noqa: E731 - an order
    rows = statement.lock("workshops", lambda row: row["unsettled"], order=by_id, limit=1, skip_locked=True)
    return [columns(row, "workshop_id") for row in rows]


@twin("UPDATE registrations r SET unsettled = true FROM workshops w", says="passes the workshop's news on", digest="935772a0")
def pass_on_news(statement: Statement, workshop_id: UUID) -> int:
    workshop = statement.get("workshops", workshop_id)
    if workshop is None or workshop["record"] is None or not _completed(workshop):
        return 0
    of_it = statement.update_where("registrations", lambda row: row["workshop_id"] == workshop_id, unsettled=True)
    return len(of_it)


@twin("UPDATE workshops SET unsettled = false WHERE workshop_id = $1", says="marks the workshop's news passed on", digest="a52a452a")
def settle_workshop(statement: Statement, workshop_id: UUID) -> int:
    return len(statement.update_where("workshops", lambda row: row["workshop_id"] == workshop_id, unsettled=False))


@twin(
    "SELECT registration_id FROM registrations WHERE registration_id = ANY($1) AND state = 'erased'",
    says="asks who was erased",
    digest="47fefc79",
)
def find_erased(statement: Statement, registration_ids: Sequence[UUID]) -> list[Row]:
    rows = (statement.get("registrations", one) for one in registration_ids)
    return [columns(row, "registration_id") for row in rows if row is not None and row["state"] == "erased"]


@twin(
    "SELECT n.registration_id, n.workshop_id FROM unnest($1::uuid[], $2::uuid[])",
    says="makes the registrations' rows if need be",
    digest="386580d1",
)
def make_registrations(statement: Statement, registration_ids: Sequence[UUID], workshop_ids: Sequence[UUID]) -> int:
    rows = [{"registration_id": one, "workshop_id": its} for one, its in zip(registration_ids, workshop_ids, strict=True)]
    return len([statement.insert("registrations", row) for row in rows if statement.in_the_way("registrations", row) is None])


@twin("SELECT registration_id, state FROM registrations", "FOR UPDATE", says="locks the registrations", digest="f3b997ab")
def lock_registrations(statement: Statement, registration_ids: Sequence[UUID]) -> list[Row]:
    by_id: Any = lambda row: row["registration_id"].bytes  # noqa: E731 - an order
    rows = statement.lock("registrations", lambda row: row["registration_id"] in registration_ids, order=by_id)
    return [columns(row, "registration_id", "state") for row in rows]


@twin("UPDATE registrations r SET state = n.state, sequence = n.sequence", says="keeps the registrations' states", digest="726d4e70")
def save_states(statement: Statement, *columns_of_each: Sequence[Any]) -> int:
    changed = 0
    for registration_id, state, sequence, withdrawn_by in zip(*columns_of_each, strict=True):
        changes = {"state": state, "sequence": sequence, "withdrawn_by": withdrawn_by, "unsettled": True}
        changed += _update_one(statement, registration_id, "sequence", sequence, changes)
    return changed


def _update_one(statement: Statement, registration_id: UUID, what: str, below: int, changes: Row) -> int:
    """A registration whose number is lower."""
    return len(
        statement.update_where("registrations", lambda row: row["registration_id"] == registration_id and row[what] < below, **changes)
    )


@twin("WITH kept AS ( INSERT INTO attendance AS a", says="keeps who was there", digest="47ce79e4")
def save_attendances(statement: Statement, *columns_of_each: Sequence[Any]) -> int:
    unsettled = 0
    for registration_id, session_code, present, sequence in zip(*columns_of_each, strict=True):
        new = {"registration_id": registration_id, "session_code": session_code, "present": present, "sequence": sequence}
        old = statement.in_the_way("attendance", new)
        if old is None:
            statement.insert("attendance", new)
        elif old["sequence"] < sequence:
            statement.update("attendance", old, present=present, sequence=sequence)
        else:
            continue
        unsettled += len(statement.update_where("registrations", _is(registration_id), unsettled=True))
    return unsettled


def _is(registration_id: UUID) -> Where:
    return lambda row: row["registration_id"] == registration_id


@twin("SET participant_version = n.version", says="keeps the names for certificates", digest="70d261c7")
def save_participants(statement: Statement, *columns_of_each: Sequence[Any]) -> int:
    changed = 0
    for registration_id, version, name, language, digest in zip(*columns_of_each, strict=True):
        changes = {
            "participant_version": version,
            "certificate_name": name,
            "language": language,
            "address_digest": digest,
            "unsettled": True,
        }
        changed += _update_one(statement, registration_id, "participant_version", version, changes)
    return changed


@twin("UPDATE registrations SET state = 'erased', sequence = 0", says="forgets the person", digest="3c73fcc1")
def erase(statement: Statement, registration_id: UUID) -> int:
    nothing: Row = dict.fromkeys(("withdrawn_by", "certificate_name", "language", "address_digest"))
    changes = nothing | {"state": "erased", "sequence": 0, "participant_version": 0, "unsettled": False}
    return len(statement.update_where("registrations", lambda row: row["registration_id"] == registration_id, **changes))


@twin("SELECT registration_id FROM registrations WHERE unsettled", "SKIP LOCKED", says="takes registrations with news", digest="c953068d")
def lock_unsettled(statement: Statement, limit: int) -> list[Row]:
    by_id: Any = lambda row: row["registration_id"].bytes  # noqa: E731 - an order
    rows = statement.lock("registrations", lambda row: row["unsettled"], order=by_id, limit=limit, skip_locked=True)
    return [columns(row, "registration_id") for row in rows]


@twin("UPDATE registrations r SET unsettled = false", says="reads what is known of them", digest="f45daf40")
def settle_registrations(statement: Statement, registration_ids: Collection[UUID]) -> list[Row]:
    rows = statement.update_where("registrations", lambda row: row["registration_id"] in registration_ids, unsettled=False)
    found = []
    for row in rows:
        key = row["registration_id"]
        editions = statement.rows("certificates", lambda one, key=key: one["registration_id"] == key)  # type: ignore[misc]  # bound now
        theirs = {one["edition"]: one["revocation_reason"] for one in editions}
        had_one = any(one["issued_at"] is not None and one["kind"] != "trainer" for one in editions)
        last = max(theirs, default=0)
        known = columns(row, "registration_id", "workshop_id", "state", "withdrawn_by", "certificate_name")
        marked = {"approved": had_one, "trainer": statement.get("trainers", key) is not None}
        found.append(known | marked | {"attended": attended(statement, key), "last_edition": last, "last_reason": theirs.get(last)})
    return found


def attended(statement: Statement, registration_id: UUID) -> list[str]:
    """The sessions at which somebody was."""
    present = statement.rows("attendance", lambda row: row["registration_id"] == registration_id and row["present"])
    return [row["session_code"] for row in present]
