"""Who teaches at a workshop, as organisers said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from asyncpg import Record

from services.certificates.storage.channels import FACTS, wake
from shared.runtime.database import Connection

_BEFORE_ALL, _NOBODY = datetime.min.replace(tzinfo=UTC), UUID(int=0)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is confirmed."""

    registration_id: UUID
    name: str


async def list_trainers(connection: Connection, workshop_id: UUID, *, after: UUID | None = None, limit: int) -> list[Person]:
    """Those of a workshop, in the order in which they were named.

    `after` is the registration of the last one seen; where it is none of a trainer any more, the list begins anew.
    """
    named = await connection.fetchval("SELECT at FROM trainers WHERE registration_id = $1 AND workshop_id = $2", after, workshop_id)
    return _people(
        await connection.fetch(
            """
            SELECT t.registration_id, r.certificate_name FROM trainers t JOIN registrations r USING (registration_id)
            WHERE t.workshop_id = $1 AND (t.at, t.registration_id) > ($2, $3) AND r.certificate_name IS NOT NULL
            ORDER BY t.at, t.registration_id LIMIT $4
            """,
            workshop_id,
            *((_BEFORE_ALL, _NOBODY) if named is None else (named, after)),
            limit,
        )
    )


async def find_people(connection: Connection, workshop_id: UUID, text: str, *, limit: int) -> list[Person]:
    """Confirmed people of a workshop whose name has these letters in it, and who are no trainers; by name."""
    return _people(
        await connection.fetch(
            """
            SELECT r.registration_id, r.certificate_name FROM registrations r
            WHERE r.workshop_id = $1 AND r.state = 'confirmed' AND strpos(lower(r.certificate_name), lower($2)) > 0
                AND (SELECT true FROM trainers t WHERE t.registration_id = r.registration_id) IS NULL
            ORDER BY r.certificate_name, r.registration_id LIMIT $3
            """,
            workshop_id,
            text,
            limit,
        )
    )


async def find_person(connection: Connection, workshop_id: UUID, registration_id: UUID) -> tuple[Person, bool, bool] | None:
    """One of a workshop's people: who, whether they teach, and whether they have a valid certificate. None where there is nobody."""
    row = await connection.fetchrow(
        """
        SELECT r.registration_id, r.certificate_name, EXISTS (SELECT FROM trainers t WHERE t.registration_id = $2) AS trains,
            EXISTS (SELECT FROM certificates c WHERE c.registration_id = $2 AND c.state = 'issued') AS has_one
        FROM registrations r WHERE r.registration_id = $2 AND r.workshop_id = $1 AND r.certificate_name IS NOT NULL
        """,
        workshop_id,
        registration_id,
    )
    return (Person(row["registration_id"], row["certificate_name"]), row["trains"], row["has_one"]) if row else None


async def add(connection: Connection, registration_id: UUID, workshop_id: UUID, *, organiser: str, at: datetime) -> None:
    """Note it, and have the rule applied. The registration must be locked."""
    await connection.execute(
        "INSERT INTO trainers (registration_id, workshop_id, at, organiser) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        registration_id,
        workshop_id,
        at,
        organiser,
    )
    await _unsettle(connection, registration_id)


async def remove(connection: Connection, registration_id: UUID) -> None:
    """Note that it is not so, and have the rule applied. The registration must be locked."""
    await connection.execute("DELETE FROM trainers WHERE registration_id = $1", registration_id)
    await _unsettle(connection, registration_id)


async def _unsettle(connection: Connection, registration_id: UUID) -> None:
    await connection.execute("UPDATE registrations SET unsettled = true WHERE registration_id = $1", registration_id)
    await wake(connection, FACTS)


def _people(rows: Iterable[Record]) -> list[Person]:
    return [Person(row["registration_id"], row["certificate_name"]) for row in rows]
