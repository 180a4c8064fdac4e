"""Whose certificates organisers have approved, and who waits for that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificates.storage.channels import FACTS, wake
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who met the rest of the rule, and at how many sessions they were present."""

    registration_id: UUID
    name: str
    attended: int


async def list_waiting(connection: Connection, workshop: WorkshopRecorded) -> list[Waiting]:
    """Those who met the rest of the rule of a completed workshop and have had no certificate, by name."""
    rows = await connection.fetch(
        """
        SELECT r.registration_id, r.certificate_name,
            ARRAY(SELECT a.session_code FROM attendance a WHERE a.registration_id = r.registration_id AND a.present) AS attended
        FROM registrations r JOIN workshops w USING (workshop_id)
        WHERE r.workshop_id = $1 AND w.completed_at IS NOT NULL AND r.state = 'confirmed' AND r.certificate_name IS NOT NULL
            AND NOT EXISTS (SELECT FROM approvals p WHERE p.registration_id = r.registration_id)
            AND (SELECT true FROM trainers t WHERE t.registration_id = r.registration_id) IS NULL
            AND (
                SELECT true FROM certificates c
                WHERE c.registration_id = r.registration_id AND (c.state = 'eligible' OR c.kind <> 'trainer') LIMIT 1
            ) IS NULL
        ORDER BY r.certificate_name, r.registration_id
        """,
        workshop.workshop_id,
    )
    if workshop.certificate is None:
        return []
    minutes = workshop.session_minutes
    asked = workshop.certificate.asks_for(minutes)
    return [
        Waiting(row["registration_id"], row["certificate_name"], len(minutes.keys() & set(row["attended"])))
        for row in rows
        if asked.met_by(row["attended"], minutes)
    ]


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
