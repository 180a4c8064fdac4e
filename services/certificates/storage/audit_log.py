"""What organisers did to certificates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Organiser:
    """Who acts: the account of registration, and the name that colleagues see."""

    organiser_id: UUID
    name: str


OPERATOR = Organiser(UUID(int=0), "")
"""Somebody at the command line of the machine, where nobody signs in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`action` is a code such as `certificate.revoke`; `at` is business time; entries are numbered as they are written.

    `organiser` is empty where it was an operator. `person` is whom it is about, by the name for the certificate; None where it is about
    nobody, or about somebody who was erased.
    """

    number: int
    at: datetime
    organiser: str
    action: str
    registration_id: UUID | None
    person: str | None
    serial: str | None
    details: str | None


async def note(
    connection: Connection,
    action: str,
    *,
    by: Organiser,
    at: datetime,
    workshop_id: UUID,
    registration_id: UUID | None = None,
    serial: str | None = None,
    details: str | None = None,
) -> None:
    """Write down what was done, in the transaction that does it."""
    await connection.execute(
        """
        INSERT INTO audit_log (at, organiser_id, organiser, action, workshop_id, registration_id, serial, details)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        at,
        by.organiser_id,
        by.name,
        action,
        workshop_id,
        registration_id,
        serial,
        details,
    )


async def note_for_each(
    connection: Connection, action: str, registration_ids: Collection[UUID], *, by: Organiser, at: datetime, workshop_id: UUID
) -> None:
    """The same of several people at once, a line for each."""
    await connection.execute(
        """
        INSERT INTO audit_log (at, organiser_id, organiser, action, workshop_id, registration_id)
        SELECT $1, $2, $3, $4, $5, n.registration_id FROM unnest($6::uuid[]) AS n (registration_id)
        """,
        at,
        by.organiser_id,
        by.name,
        action,
        workshop_id,
        sorted(registration_ids),
    )


async def read_of_workshop(connection: Connection, workshop_id: UUID, *, before: int | None = None, limit: int) -> list[Entry]:
    """The latest first, of those that were written before the one with this number."""
    rows = await connection.fetch(
        """
        SELECT l.id AS number, l.at, l.organiser, l.action, l.registration_id, r.certificate_name AS person, l.serial, l.details
        FROM audit_log l LEFT JOIN registrations r USING (registration_id)
        WHERE l.workshop_id = $1 AND l.id < $2 ORDER BY l.id DESC LIMIT $3
        """,
        workshop_id,
        _LAST if before is None else before,
        limit,
    )
    return [Entry(**row) for row in rows]


_LAST = 2**63 - 1


async def forget_details(connection: Connection, registration_id: UUID) -> None:
    """Nobody's words about a person stay when the person is erased."""
    await connection.execute("UPDATE audit_log SET details = NULL WHERE registration_id = $1", registration_id)
