"""Whose certificates organisers have approved, and who waits for that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.certificates.storage.channels import FACTS, wake
from services.certificates.storage.registrations import NAME_BEFORE_ALL, place_in_names
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection

PORTION = 500
"""People who are looked at together: not all who were never approved met the rest of the rule."""

_SOMEBODY = """
    SELECT r.registration_id, r.certificate_name,
        ARRAY(SELECT a.session_code FROM attendance a WHERE a.registration_id = r.registration_id AND a.present) AS attended
    FROM registrations r
    WHERE r.workshop_id = $1 AND r.state = 'confirmed' AND r.certificate_name IS NOT NULL
        AND (SELECT w.completed_at FROM workshops w WHERE w.workshop_id = $1) IS NOT NULL
        AND (SELECT true FROM approvals p WHERE p.registration_id = r.registration_id) IS NULL
        AND (SELECT true FROM trainers t WHERE t.registration_id = r.registration_id) IS NULL
        AND (
            SELECT true FROM certificates c
            WHERE c.registration_id = r.registration_id AND (c.state = 'eligible' OR c.kind <> 'trainer') LIMIT 1
        ) IS NULL
"""
_NEXT = f"""{_SOMEBODY}
        AND (r.certificate_name, r.registration_id) > ($2, $3)
    ORDER BY r.certificate_name, r.registration_id LIMIT $4
"""
_OF_THESE = f"{_SOMEBODY} AND r.registration_id = ANY($2)"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who met the rest of the rule, and at how many sessions they were present."""

    registration_id: UUID
    name: str
    attended: int


async def list_waiting(connection: Connection, workshop: WorkshopRecorded, *, after: UUID | None = None, limit: int) -> list[Waiting]:
    """Those who met the rest of the rule of a completed workshop and have had no certificate, by name.

    `after` is the registration of the last one seen; where it has no name any more, the list begins anew.
    """
    found: list[Waiting] = []
    place = NAME_BEFORE_ALL if after is None else await place_in_names(connection, workshop.workshop_id, after)
    while len(found) < limit:
        rows = await connection.fetch(_NEXT, workshop.workshop_id, *place, PORTION)
        found += _who_met_the_rest(workshop, rows)
        if len(rows) < PORTION:
            break
        place = rows[-1]["certificate_name"], rows[-1]["registration_id"]
    return found[:limit]


async def find_waiting(connection: Connection, workshop: WorkshopRecorded, registration_ids: Collection[UUID]) -> set[UUID]:
    """Those of these registrations who are on that list."""
    rows = await connection.fetch(_OF_THESE, workshop.workshop_id, list(registration_ids))
    return {one.registration_id for one in _who_met_the_rest(workshop, rows)}


async def approve(connection: Connection, registration_ids: Collection[UUID], *, organiser: str, at: datetime) -> None:
    """Note it, and have the rule applied to them again. The rows of the registrations must be locked."""
    ids = sorted(registration_ids)
    await connection.execute(
        "INSERT INTO approvals (registration_id, at, organiser) SELECT n, $2, $3 FROM unnest($1::uuid[]) AS n ON CONFLICT DO NOTHING",
        ids,
        at,
        organiser,
    )
    await connection.execute("UPDATE registrations SET unsettled = true WHERE registration_id = ANY($1)", ids)
    await wake(connection, FACTS)


def _who_met_the_rest(workshop: WorkshopRecorded, rows: Iterable[Record]) -> list[Waiting]:
    if workshop.certificate is None:
        return []
    minutes = workshop.session_minutes
    asked = workshop.certificate.asks_for(minutes)
    return [
        Waiting(row["registration_id"], row["certificate_name"], len(minutes.keys() & set(row["attended"])))
        for row in rows
        if asked.met_by(row["attended"], minutes)
    ]
