"""Twins of registration's statements."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import columns, twin

LIVE = ("confirmed", "waiting")


@twin("INSERT INTO workshops (id, state, version", "ON CONFLICT (slug) DO NOTHING", says="stores the workshop", digest="ea0e6c0c")
def insert_workshop(statement: Statement, workshop_id: UUID, state: str, version: int, definition: Row, *times: datetime) -> list[Row]:
    read = {"slug": definition["slug"], "capacity": definition["capacity"], "definition": definition}
    counts = {"confirmed_count": 0, "waiting_count": 0, "last_number": 0}
    moments = dict(zip(("starts_at", "ends_at", "created_at"), times, strict=True)) | {"updated_at": times[2]}
    row = {"id": workshop_id, "state": str(state), "version": version} | read | counts | moments
    if statement.in_the_way("workshops", row, of="workshops_slug_key") is not None:
        return []
    return [columns(statement.insert("workshops", row), "id")]


@twin("SELECT state, capacity, confirmed_count", "FOR UPDATE", says="locks the workshop and reads its places", digest="03f5b965")
def lock_places(statement: Statement, workshop_id: UUID) -> list[Row]:
    return [_places(row) for row in statement.lock("workshops", lambda row: row["id"] == workshop_id)]


def read_places(statement: Statement, workshop_id: UUID) -> list[Row]:
    """As it would be without FOR UPDATE: a defect to be planted."""
    return [_places(row) for row in statement.rows("workshops", lambda row: row["id"] == workshop_id)]


def _places(row: Row) -> Row:
    return columns(
        row,
        *("state", "capacity", "confirmed_count", "waiting_count", "last_number", "ends_at"),
        waiting_list=row["definition"]["waitlist"],
        time_zone=row["definition"]["time_zone"],
    )


@twin("UPDATE workshops SET confirmed_count = $2", says="writes the workshop's counts", digest="19eedcef")
def save_places(statement: Statement, workshop_id: UUID, confirmed: int, waiting: int, last_number: int) -> int:
    changed = statement.update_where(
        "workshops",
        lambda row: row["id"] == workshop_id,
        confirmed_count=confirmed,
        waiting_count=waiting,
        last_number=last_number,
    )
    return len(changed)


@twin("SELECT id, address_key, form_token, answered", says="reads who is registered with these addresses", digest="1e62849e")
def find_known(statement: Statement, workshop_id: UUID, address_keys: Sequence[str]) -> list[Row]:
    rows = statement.rows(
        "registrations",
        lambda row: row["workshop_id"] == workshop_id and row["address_key"] in address_keys and row["state"] in LIVE,
    )
    return [columns(row, "id", "address_key", "form_token", "answered", "answered_position") for row in rows]


@twin("INSERT INTO registrations", "INSERT INTO participants", "INSERT INTO answers", says="writes the registrations", digest="e7dc7900")
def insert_registrations(statement: Statement, workshop_id: UUID, time_zone: str, now: datetime, *new: Sequence[Any]) -> int:
    for registration_id, number, state, position, form_token, address_key, *texts in zip(*new, strict=True):
        row = {"id": registration_id, "workshop_id": workshop_id, "number": number, "state": state, "form_token": form_token}
        answer = {"address_key": address_key, "answered": state, "answered_position": position, "submitted_at": now}
        statement.insert("registrations", row | answer)
        names = ("address", "given_name", "family_name", "certificate_name", "language")
        named = dict(zip(names, texts, strict=False))
        statement.insert("participants", {"registration_id": registration_id, "version": 1, "time_zone": time_zone} | named)
        given = dict(zip(("country", "institution", "position", "diet", "comments"), texts[len(names) :], strict=True))
        statement.insert("answers", {"registration_id": registration_id} | given)
    return len(new[0])


@twin("SET link_requested_at = clock_timestamp()", says="asks who may be mailed the link again", digest="e86b6200")
def claim_links(statement: Statement, registration_ids: Sequence[UUID], interval: timedelta) -> list[Row]:
    now = statement.now

    def may(row: Row) -> bool:
        last = row["link_requested_at"]
        return row["id"] in registration_ids and (last is None or last <= now - interval)

    return [columns(row, "id") for row in statement.update_where("registrations", may, link_requested_at=now)]


@twin("SELECT workshop_id FROM registrations WHERE id = $1", says="looks up the registration's workshop", digest="433c698e")
def find_workshop_id(statement: Statement, registration_id: UUID) -> list[Row]:
    row = statement.get("registrations", registration_id)
    return [] if row is None else [columns(row, "workshop_id")]


@twin("SELECT id, workshop_id, number, state FROM registrations", "FOR UPDATE", says="locks the registration", digest="e4ea2010")
def lock_registration(statement: Statement, registration_id: UUID) -> list[Row]:
    rows = statement.lock("registrations", lambda row: row["id"] == registration_id)
    return [columns(row, "id", "workshop_id", "number", "state") for row in rows]


@twin("SET state = 'confirmed', promoted_at = $3", says="confirms the first in line", digest="d6fbd21a")
def promote_first(statement: Statement, workshop_id: UUID, count: int, now: datetime) -> list[Row]:
    first = statement.lock(
        "registrations",
        lambda row: row["workshop_id"] == workshop_id and row["state"] == "waiting",
        order=lambda row: row["number"],
        limit=count,
    )
    return [columns(statement.update("registrations", row, state="confirmed", promoted_at=now), "id", "number") for row in first]


@twin("SET state = 'withdrawn', withdrawn_at = $3", says="marks the registration withdrawn", digest="46bacb4f")
def mark_withdrawn(statement: Statement, registration_id: UUID, by: str, now: datetime) -> int:
    mine = {"state": "withdrawn", "withdrawn_at": now, "withdrawn_by": by}
    return len(statement.update_where("registrations", lambda row: row["id"] == registration_id, **mine))


@twin("INSERT INTO audit_log", says="notes who did it", digest="02d5bccf")
def append_to_audit_log(statement: Statement, now: datetime, actor: str, organiser_id: UUID | None, *new: Sequence[Any]) -> int:
    names = ("action", "workshop_id", "registration_id", "fact_id", "details", "request_key", "correlation_id")
    for values in zip(*new, strict=True):
        row = {"id": statement.database.number("audit_log"), "at": now, "actor": actor, "organiser_id": organiser_id}
        statement.insert("audit_log", row | dict(zip(names, values, strict=True)))
    return len(new[0])


@twin(
    "SELECT registration_id, form_token, answered, answered_position FROM duplicate_answers",
    says="reads what these forms were told",
    digest="988fe2ed",
)
def find_duplicate_answers(statement: Statement, registration_ids: Sequence[UUID], form_tokens: Sequence[UUID]) -> list[Row]:
    return statement.rows("duplicate_answers", lambda row: row["registration_id"] in registration_ids and row["form_token"] in form_tokens)


@twin("INSERT INTO duplicate_answers", says="notes what duplicates were told", digest="1a6c11b6")
def remember_duplicate_answers(statement: Statement, workshop_id: UUID, *given: Sequence[Any]) -> int:
    stored = 0
    for registration_id, form_token, answered, position in zip(*given, strict=True):
        row = {"registration_id": registration_id, "form_token": form_token, "workshop_id": workshop_id}
        if statement.in_the_way("duplicate_answers", row) is None:
            statement.insert("duplicate_answers", row | {"answered": answered, "answered_position": position})
            stored += 1
    return stored
