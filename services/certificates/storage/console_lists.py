"""What organisers see: counts by workshop, and the certificates of one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificates.storage.workshops import read_workshops
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class WorkshopCounts:
    """A workshop and its certificates by state; `errors` cannot be set and are not among `eligible`."""

    workshop: WorkshopRecorded
    completed: bool
    eligible: int
    errors: int
    issued: int
    superseded: int
    revoked: int


@dataclass(frozen=True, slots=True)
class Line:
    """One certificate; `name` is what is printed, or will be."""

    position: str
    registration_id: UUID
    edition: int
    state: str
    serial: str
    verification_token: str
    name: str | None
    attended: int | None
    issued_at: datetime | None
    superseded_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str | None
    superseded_by: str | None
    erased: bool
    error: str | None


async def count_by_workshop(connection: Connection, *, limit: int) -> list[WorkshopCounts]:
    """The workshops that give certificates, the latest first."""
    rows = await connection.fetch(
        """
        SELECT w.workshop_id,
            count(c.*) FILTER (WHERE c.state = 'eligible' AND c.error IS NULL) AS eligible,
            count(c.*) FILTER (WHERE c.state = 'eligible' AND c.error IS NOT NULL) AS errors,
            count(c.*) FILTER (WHERE c.state = 'issued') AS issued,
            count(c.*) FILTER (WHERE c.state = 'superseded') AS superseded,
            count(c.*) FILTER (WHERE c.state = 'revoked') AS revoked
        FROM workshops w LEFT JOIN certificates c USING (workshop_id)
        WHERE w.record -> 'certificate' <> 'null'
        GROUP BY w.workshop_id, w.record ORDER BY w.record -> 'sessions' -> 0 ->> 'starts' DESC, w.workshop_id LIMIT $1
        """,
        limit,
    )
    known = await read_workshops(connection, {row["workshop_id"] for row in rows})
    found = []
    for row in rows:
        workshop = known[row["workshop_id"]]
        if workshop.record is not None:
            counts = {state: row[state] for state in ("eligible", "errors", "issued", "superseded", "revoked")}
            found.append(WorkshopCounts(workshop=workshop.record, completed=workshop.completed, **counts))
    return found


async def list_certificates(
    connection: Connection, workshop_id: UUID, *, after: str = "", serial: str | None = None, limit: int
) -> list[Line]:
    """Those that cannot be set first, then by serial. `after` is the position of the last line seen; `serial` finds one."""
    rows = await connection.fetch(
        """
        SELECT * FROM (
            SELECT (CASE WHEN c.state = 'eligible' AND c.error IS NOT NULL THEN '0 ' ELSE '1 ' END) || c.serial AS position,
                c.registration_id, c.edition, c.state, c.serial, c.verification_token, coalesce(c.name, r.certificate_name) AS name,
                cardinality(c.attended) AS attended, c.issued_at, c.superseded_at, c.revoked_at, c.revocation_reason, c.superseded_by,
                c.erased, c.error
            FROM certificates c JOIN registrations r USING (registration_id) WHERE c.workshop_id = $1
        ) lines
        WHERE position > $2 AND ($3::text IS NULL OR serial = $3)
        ORDER BY position LIMIT $4
        """,
        workshop_id,
        after,
        serial,
        limit,
    )
    return [Line(**row) for row in rows]


async def find_workshop_of(connection: Connection, serial: str) -> UUID | None:
    """The workshop of the certificate with this serial."""
    workshop_id: UUID | None = await connection.fetchval("SELECT workshop_id FROM certificates WHERE serial = $1", serial)
    return workshop_id
