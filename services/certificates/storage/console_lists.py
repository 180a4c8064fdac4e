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
    """One certificate; `name` is what is printed, or will be. `successor_waits`: what replaces it is not issued yet."""

    position: str
    registration_id: UUID
    edition: int
    state: str
    serial: str
    verification_token: str
    name: str | None
    attended: int | None
    kind: str
    issued_at: datetime | None
    superseded_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str | None
    superseded_by: str | None
    erased: bool
    error: str | None
    revocation_note: str | None
    successor_waits: bool


async def count_by_workshop(connection: Connection, *, limit: int) -> list[WorkshopCounts]:
    """The workshops that give certificates, the latest first. Only the certificates of these are counted."""
    rows = await connection.fetch(
        """
        SELECT w.workshop_id, c.waiting - e.errors AS eligible, e.errors, c.issued, c.superseded, c.revoked
        FROM (
            SELECT workshop_id, record -> 'sessions' -> 0 ->> 'starts' AS starts FROM workshops
            WHERE record -> 'certificate' <> 'null' ORDER BY starts DESC, workshop_id LIMIT $1
        ) AS w
        CROSS JOIN LATERAL (
            SELECT
                count(*) FILTER (WHERE state = 'eligible') AS waiting,
                count(*) FILTER (WHERE state = 'issued') AS issued,
                count(*) FILTER (WHERE state = 'superseded') AS superseded,
                count(*) FILTER (WHERE state = 'revoked') AS revoked
            FROM certificates WHERE workshop_id = w.workshop_id
        ) AS c
        CROSS JOIN LATERAL (
            SELECT count(*) AS errors FROM certificates WHERE workshop_id = w.workshop_id AND state = 'eligible' AND error IS NOT NULL
        ) AS e
        ORDER BY w.starts DESC, w.workshop_id
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


@dataclass(frozen=True, slots=True)
class Counts:
    """The certificates of one workshop. `errors` cannot be set and are not among `eligible`."""

    eligible: int
    errors: int
    issued: int
    superseded: int
    revoked: int

    @property
    def valid_in_the_end(self) -> int:
        """As many are valid once all that is waiting is made."""
        return self.eligible + self.errors + self.issued


async def count_of_workshop(connection: Connection, workshop_id: UUID) -> Counts:
    """By state, at this moment."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state = 'eligible' AND error IS NULL) AS eligible,
            count(*) FILTER (WHERE state = 'eligible' AND error IS NOT NULL) AS errors,
            count(*) FILTER (WHERE state = 'issued') AS issued,
            count(*) FILTER (WHERE state = 'superseded') AS superseded,
            count(*) FILTER (WHERE state = 'revoked') AS revoked
        FROM certificates WHERE workshop_id = $1
        """,
        workshop_id,
    )
    return Counts(**row)


async def list_certificates(
    connection: Connection, workshop_id: UUID, *, after: str = "", serial: str | None = None, limit: int
) -> list[Line]:
    """Those that cannot be set first, then by serial. `after` is the position of the last line seen; `serial` finds one."""
    sought = "AND c.serial = $4" if serial is not None else ""
    rows = await connection.fetch(
        f"""
        SELECT * FROM (
            SELECT (CASE WHEN c.state = 'eligible' AND c.error IS NOT NULL THEN '0 ' ELSE '1 ' END) || c.serial AS position,
                c.registration_id, c.edition, c.state, c.serial, c.verification_token, coalesce(c.name, r.certificate_name) AS name,
                cardinality(c.attended) AS attended, c.kind, c.issued_at, c.superseded_at, c.revoked_at, c.revocation_reason,
                c.superseded_by, c.erased, c.error, c.revocation_note,
                coalesce((SELECT n.issued_at IS NULL FROM certificates n WHERE n.serial = c.superseded_by), false) AS successor_waits
            FROM certificates c JOIN registrations r USING (registration_id) WHERE c.workshop_id = $1 {sought}
        ) lines
        WHERE position > $2
        ORDER BY position LIMIT $3
        """,  # noqa: S608  # a fragment of our own, no values
        workshop_id,
        after,
        limit,
        *([serial] if serial is not None else []),
    )
    return [Line(**row) for row in rows]


async def find_workshop_of(connection: Connection, serial: str) -> UUID | None:
    """The workshop of the certificate with this serial."""
    workshop_id: UUID | None = await connection.fetchval("SELECT workshop_id FROM certificates WHERE serial = $1", serial)
    return workshop_id
