"""Twins of the statements about certificates: earned, rendered, replaced, taken back."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.certificates.storage.rendering import Commission
from tests.faults.simulation.in_memory.learning_statements import attended
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement, Where
from tests.faults.simulation.in_memory.twins import columns, twin

VALID = ("eligible", "issued")
_UNLEASED: Row = {"lease": None, "lease_until": None}


def _of(registration_id: UUID, *states: str) -> Where:
    return lambda row: row["registration_id"] == registration_id and row["state"] in states


@twin(
    "SELECT registration_id, workshop_id, edition, state, serial, name, attended, kind FROM certificates",
    says="locks valid certificates",
    digest="14ea2dbf",
)
def lock_live(statement: Statement, registration_ids: Collection[UUID]) -> list[Row]:
    rows = statement.lock(
        "certificates",
        lambda row: row["registration_id"] in registration_ids and row["state"] in VALID,
        order=lambda row: row["registration_id"].bytes,
    )
    return [columns(row, "registration_id", "workshop_id", "edition", "state", "serial", "name", "attended", "kind") for row in rows]


@twin("SELECT true FROM certificates WHERE serial = $1", says="looks whether a serial is taken", digest="93dbd9e8")
def is_taken(statement: Statement, serial: str) -> list[Row]:
    return [{"bool": True} for _ in statement.rows("certificates", lambda row: row["serial"] == serial)]


@twin("SELECT nextval('certificate_count')", says="counts one more certificate", digest="f09ed602")
def count_one(statement: Statement) -> list[Row]:
    return [{"nextval": statement.database.number("certificate_count") - 1}]


@twin("INSERT INTO certificates (registration_id, edition", says="makes the certificate eligible", digest="0f2e6a52")
def insert_eligible(statement: Statement, registration_id: UUID, edition: int, workshop_id: UUID, *values: Any) -> list[Row]:
    new = dict(zip(("serial", "verification_token", "status_index", "eligible_at", "kind"), values, strict=True))
    row = {"registration_id": registration_id, "edition": edition, "workshop_id": workshop_id, "state": "eligible"} | new
    if statement.in_the_way("certificates", row, of="certificates_status_index_key") is not None:
        return []
    statement.insert("certificates", row)
    return [{"bool": True}]


@twin(
    "UPDATE certificates SET error = NULL, retry_at = NULL WHERE registration_id = ANY($1)",
    says="has what could not be set tried again",
    digest="085bd2b0",
)
def renew_eligible(statement: Statement, registration_ids: Collection[UUID]) -> int:
    def held_back(row: Row) -> bool:
        return row["registration_id"] in registration_ids and row["state"] == "eligible" and row["error"] is not None

    return len(statement.update_where("certificates", held_back, error=None, retry_at=None))


@twin(
    "DELETE FROM certificates WHERE registration_id = $1 AND state = 'eligible' RETURNING serial",
    says="drops the certificate that was not issued",
    digest="031355b2",
)
def drop_eligible(statement: Statement, registration_id: UUID) -> list[Row]:
    eligible = _of(registration_id, "eligible")
    dropped = [columns(row, "serial") for row in statement.lock("certificates", eligible)]
    statement.delete_where("certificates", eligible)
    return dropped


@twin(
    "UPDATE certificates SET state = 'revoked', revoked_at = $3",
    says="revokes the certificate whose successor will not be issued",
    digest="8cd24d93",
)
def revoke_superseded(statement: Statement, registration_id: UUID, superseded_by: str, now: datetime, reason: str) -> list[Row]:
    superseded = _of(registration_id, "superseded")
    changes = {"state": "revoked", "revoked_at": now, "revocation_reason": str(reason), "superseded_by": None, "superseded_at": None}
    rows = statement.update_where("certificates", lambda row: superseded(row) and row["superseded_by"] == superseded_by, **changes)
    return [columns(row, "registration_id", "workshop_id", "edition", "serial") for row in rows]


@twin("UPDATE certificates SET state = 'revoked', revoked_at = $2", says="revokes the certificate", digest="29b1906d")
def revoke_issued(statement: Statement, registration_id: UUID, now: datetime, reason: str) -> list[Row]:
    changes = {"state": "revoked", "revoked_at": now, "revocation_reason": str(reason)}
    rows = statement.update_where("certificates", _of(registration_id, "issued"), **changes)
    return [columns(row, "registration_id", "workshop_id", "edition", "serial", "status_index") for row in rows]


@twin("UPDATE certificates SET state = 'superseded'", says="marks the certificate replaced", digest="f56b6eb9")
def supersede_issued(statement: Statement, registration_id: UUID, edition: int, by: str, now: datetime) -> list[Row]:
    issued = _of(registration_id, "issued")
    changes = {"state": "superseded", "superseded_by": by, "superseded_at": now}
    rows = statement.update_where("certificates", lambda row: issued(row) and row["edition"] == edition, **changes)
    return [columns(row, "status_index") for row in rows]


@twin("DELETE FROM documents WHERE registration_id = $1", says="deletes the documents", digest="afef3fab")
def delete_documents(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("documents", lambda row: row["registration_id"] == registration_id)


@twin("UPDATE audit_log SET details = NULL WHERE registration_id = $1", says="forgets what was said of the person", digest="61115989")
def forget_details(statement: Statement, registration_id: UUID) -> int:
    return len(statement.update_where("audit_log", lambda row: row["registration_id"] == registration_id, details=None))


@twin("UPDATE certificates SET erased = true", says="forgets whom the certificates name", digest="2640cae2")
def erase_certificates(statement: Statement, registration_id: UUID) -> int:
    nothing: Row = dict.fromkeys(("name", "language", "attended", "sha256", "revocation_note"))
    nothing |= {"erased": True, "kind": "participation"}
    return len(statement.update_where("certificates", lambda row: row["registration_id"] == registration_id, **nothing))


@twin(
    "WITH waiting AS ( SELECT registration_id, edition, attempts + (lease IS NOT NULL)",
    says="leases certificates to render",
    digest="48d2f482",
)
def claim(statement: Statement, lease: UUID, seconds: timedelta, limit: int) -> list[Row]:
    now = statement.now

    def waits(row: Row) -> bool:
        leased = row["lease_until"] is not None and row["lease_until"] >= now
        return row["state"] == "eligible" and not leased and (row["retry_at"] is None or row["retry_at"] < now)

    def attempts(row: Row) -> int:
        return row["attempts"] + (row["lease"] is not None)  # type: ignore[no-any-return]  # columns are of any type

    def order(row: Row) -> tuple[Any, ...]:
        return (attempts(row), row["eligible_at"], row["registration_id"].bytes)

    waiting = statement.lock("certificates", waits, order=order, limit=limit, skip_locked=True)
    first = min(waiting, key=attempts, default=None)
    rows = []
    for row in waiting:
        if attempts(row) == 0 or row is first:
            leased = statement.update("certificates", row, lease=lease, lease_until=now + seconds, attempts=attempts(row))
            workshop = statement.get("workshops", row["workshop_id"]) if row["edition"] == 1 else None
            origin = [workshop[f"completion_{name}"] if workshop else None for name in ("correlation_id", "traceparent")]
            names = ("registration_id", "workshop_id", "edition", "lease", "serial", "verification_token", "status_index")
            found = columns(leased, *names, "attempts", "eligible_at", correlation_id=origin[0], traceparent=origin[1])
            rows.append({name: found[name] for name in found if name in Commission.__dataclass_fields__})
    return rows


def _leased(registration_id: UUID, edition: int, lease: UUID, *states: str) -> Where:
    def mine(row: Row) -> bool:
        same = (row["registration_id"], row["edition"], row["lease"]) == (registration_id, edition, lease)
        return same and (not states or row["state"] in states)

    return mine


@twin("UPDATE certificates SET state = 'issued'", says="marks the certificate issued", digest="25bbfda0")
def store_document(statement: Statement, registration_id: UUID, edition: int, lease: UUID, *values: Any) -> list[Row]:
    named = dict(zip(("issued_at", "sha256", "name", "language", "attended", "kind"), values, strict=True))
    changes = named | _UNLEASED | {"state": "issued", "error": None, "retry_at": None}
    return [{"bool": True} for _ in statement.update_where("certificates", _leased(registration_id, edition, lease, "eligible"), **changes)]


@twin("INSERT INTO documents", says="stores the document", digest="54a42b31")
def insert_document(statement: Statement, registration_id: UUID, edition: int, pdf: bytes, credential: str, enveloped: str) -> int:
    row = {"registration_id": registration_id, "edition": edition, "pdf": pdf, "credential": credential, "enveloped": enveloped}
    statement.insert("documents", row)
    return 1


@twin("SET lease = NULL, lease_until = NULL, attempts = attempts + $4::integer", says="gives the certificate back", digest="5b0dd896")
def give_back(statement: Statement, registration_id: UUID, edition: int, lease: UUID, more: int) -> int:
    rows = statement.lock("certificates", _leased(registration_id, edition, lease))
    for row in rows:
        statement.update("certificates", row, attempts=row["attempts"] + more, **_UNLEASED)
    return len(rows)


@twin("SET lease = NULL, lease_until = NULL, error = $4", says="notes why it cannot be set", digest="562d7229")
def note_error(statement: Statement, registration_id: UUID, edition: int, lease: UUID, error: str, after: timedelta) -> int:
    mine = _leased(registration_id, edition, lease, "eligible")
    return len(statement.update_where("certificates", mine, error=error, retry_at=statement.now + after, **_UNLEASED))


@twin(
    "FROM registrations r JOIN workshops w USING (workshop_id)",
    "r.certificate_name IS NOT NULL",
    says="reads what is printed",
    digest="596b2984",
)
def read_printed(statement: Statement, registration_ids: Collection[UUID]) -> list[Row]:
    rows = []
    for row in statement.rows("registrations", lambda row: row["registration_id"] in registration_ids):
        workshop = statement.get("workshops", row["workshop_id"])
        if row["certificate_name"] is not None and workshop is not None and workshop["record"] is not None:
            known = columns(row, "registration_id", "workshop_id", "certificate_name", "language", "address_digest")
            trainer = statement.get("trainers", row["registration_id"]) is not None
            rows.append(known | {"attended": attended(statement, row["registration_id"]), "trainer": trainer})
    return rows
