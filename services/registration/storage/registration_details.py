"""One registration with everything known about it, for its owner's page and for organisers."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.registration.domain.registration import RegistrationState
from services.registration.domain.workshop import Workshop
from services.registration.storage import workshops
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Person:
    """What the person wrote into the form, or an organiser corrected; `version` counts from 1. Nothing of it shows in logs."""

    version: int
    address: str = field(repr=False)
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    certificate_name: str = field(repr=False)
    language: str = field(repr=False)
    time_zone: str = field(repr=False)
    country: str = field(repr=False)
    institution: str = field(repr=False)
    position: str = field(repr=False)
    diet: str = field(repr=False)
    comments: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegistrationDetail:
    """`person` is None once erased; `line_position` counts from 1 while waiting; `attendance` maps session codes to presence."""

    id: UUID
    workshop: Workshop
    number: int
    state: RegistrationState
    line_position: int | None
    submitted_at: datetime
    promoted_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    erased_at: datetime | None
    person: Person | None
    attendance: dict[str, bool]


async def find(connection: Connection, registration_id: UUID) -> RegistrationDetail | None:
    """The registration, or None where no such id was ever given."""
    row = await connection.fetchrow(
        """
        SELECT r.id, r.workshop_id, r.number, r.state, r.submitted_at, r.promoted_at, r.withdrawn_at, r.withdrawn_by, r.erased_at,
               p.registration_id IS NOT NULL AS has_person,
               p.version, p.address, p.given_name, p.family_name, p.certificate_name, p.language, p.time_zone,
               a.country, a.institution, a.position, a.diet, a.comments,
               CASE WHEN r.state = 'waiting' THEN (
                   SELECT count(*) FROM registrations w WHERE w.workshop_id = r.workshop_id AND w.state = 'waiting' AND w.number <= r.number
               ) END AS line_position
        FROM registrations r
        LEFT JOIN participants p ON p.registration_id = r.id
        LEFT JOIN answers a ON a.registration_id = r.id
        WHERE r.id = $1
        """,
        registration_id,
    )
    if row is None:
        return None
    workshop = await workshops.find(connection, row["workshop_id"])
    if workshop is None:
        raise LookupError("a registration without its workshop")
    presence = await connection.fetch("SELECT session_code, present FROM attendance WHERE registration_id = $1", registration_id)
    person = None
    if row["has_person"]:
        person = Person(**{name: row[name] for name in Person.__dataclass_fields__})
    return RegistrationDetail(
        id=row["id"],
        workshop=workshop,
        number=row["number"],
        state=RegistrationState(row["state"]),
        line_position=row["line_position"],
        submitted_at=row["submitted_at"],
        promoted_at=row["promoted_at"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_by=row["withdrawn_by"],
        erased_at=row["erased_at"],
        person=person,
        attendance={entry["session_code"]: entry["present"] for entry in presence},
    )
