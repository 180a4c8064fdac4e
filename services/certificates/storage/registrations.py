"""What is known of registrations. Everybody who changes anything about one locks its row first."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from services.certificates.domain.certificate import Certificate
from services.certificates.domain.certificate_rule import RegistrationState, Standing
from services.certificates.storage.certificates import lock_live
from services.certificates.storage.channels import FACTS, wake
from services.certificates.storage.workshops import KnownWorkshop, read_workshops
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A registration to which the certificate rule is to be applied anew."""

    registration_id: UUID
    workshop_id: UUID
    standing: Standing
    live: Certificate | None
    last_edition: int


async def is_erased(connection: Connection, registration_id: UUID) -> bool:
    """Whether this id was erased for good."""
    return bool(
        await connection.fetchval("SELECT true FROM registrations WHERE registration_id = $1 AND state = 'erased'", registration_id)
    )


async def lock_registration(connection: Connection, registration_id: UUID, workshop_id: UUID) -> bool:
    """Lock its row, made if need be, until the transaction ends. False: it is erased, and nothing may be kept about it.

    Two topics bring news of one registration at the same time; without the lock, a participant's record could be kept beside its erasure.
    """
    await connection.execute(
        "INSERT INTO registrations (registration_id, workshop_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", registration_id, workshop_id
    )
    state = await connection.fetchval("SELECT state FROM registrations WHERE registration_id = $1 FOR UPDATE", registration_id)
    return bool(state != RegistrationState.ERASED)


async def save_state(
    connection: Connection, registration_id: UUID, *, state: RegistrationState, sequence: int, withdrawn_by: str | None = None
) -> None:
    """Keep the state unless a later fact has spoken already. The row must be locked."""
    await connection.execute(
        """
        UPDATE registrations SET state = $2, sequence = $3, withdrawn_by = $4, unsettled = true
        WHERE registration_id = $1 AND sequence < $3
        """,
        registration_id,
        state,
        sequence,
        withdrawn_by,
    )
    await wake(connection, FACTS)


async def save_attendance(connection: Connection, registration_id: UUID, *, session_code: str, present: bool, sequence: int) -> None:
    """Keep what was recorded for the session unless a later fact has corrected it already. The row must be locked."""
    kept = await connection.fetchval(
        """
        INSERT INTO attendance AS a (registration_id, session_code, present, sequence) VALUES ($1, $2, $3, $4)
        ON CONFLICT (registration_id, session_code) DO UPDATE SET present = excluded.present, sequence = excluded.sequence
        WHERE a.sequence < excluded.sequence
        RETURNING true
        """,
        registration_id,
        session_code,
        present,
        sequence,
    )
    if kept:
        await connection.execute("UPDATE registrations SET unsettled = true WHERE registration_id = $1", registration_id)
    await wake(connection, FACTS)


async def save_participant(connection: Connection, registration_id: UUID, *, version: int, name: str, language: str) -> None:
    """Keep the two things of a participant's record that a certificate needs, unless a newer record is there. The row must be locked."""
    await connection.execute(
        """
        UPDATE registrations SET participant_version = $2, certificate_name = $3, language = $4, unsettled = true
        WHERE registration_id = $1 AND participant_version < $2
        """,
        registration_id,
        version,
        name,
        language,
    )
    await wake(connection, FACTS)


async def erase(connection: Connection, registration_id: UUID) -> None:
    """Forget the person; the bare id stays, as erased. The row must be locked."""
    await connection.execute("DELETE FROM attendance WHERE registration_id = $1", registration_id)
    await connection.execute(
        """
        UPDATE registrations
        SET state = 'erased', sequence = 0, withdrawn_by = NULL, participant_version = 0, certificate_name = NULL, language = NULL,
            unsettled = false
        WHERE registration_id = $1
        """,
        registration_id,
    )


async def take_unsettled(connection: Connection, *, limit: int) -> list[Unsettled]:
    """Lock registrations that the rule is to be applied to, and mark them settled; those that others hold are left to them."""
    # Locked by one statement, read by the next: a statement sees what was committed before it began, and what is read of a row must not be
    # older than its lock.
    ids = [
        row["registration_id"]
        for row in await connection.fetch(
            "SELECT registration_id FROM registrations WHERE unsettled ORDER BY registration_id LIMIT $1 FOR UPDATE SKIP LOCKED", limit
        )
    ]
    if not ids:
        return []
    rows = await connection.fetch(
        """
        UPDATE registrations r SET unsettled = false WHERE registration_id = ANY($1)
        RETURNING r.registration_id, r.workshop_id, r.state, r.withdrawn_by, r.certificate_name,
            ARRAY(SELECT a.session_code FROM attendance a WHERE a.registration_id = r.registration_id AND a.present) AS attended,
            coalesce((SELECT max(c.edition) FROM certificates c WHERE c.registration_id = r.registration_id), 0) AS last_edition
        """,
        ids,
    )
    workshops = await read_workshops(connection, {row["workshop_id"] for row in rows})
    live = await lock_live(connection, ids)
    nothing_known = KnownWorkshop(record=None, completed=False)
    return [
        Unsettled(
            registration_id=row["registration_id"],
            workshop_id=row["workshop_id"],
            standing=_standing(row, workshops.get(row["workshop_id"], nothing_known)),
            live=live.get(row["registration_id"]),
            last_edition=row["last_edition"],
        )
        for row in sorted(rows, key=lambda row: row["registration_id"].bytes)
    ]


def _standing(row: Record, workshop: KnownWorkshop) -> Standing:
    record = workshop.record
    return Standing(
        state=None if row["state"] is None else RegistrationState(row["state"]),
        attended=frozenset(row["attended"]).intersection(session.code for session in record.sessions) if record else frozenset(),
        minimum_sessions=record.certificate.minimum_sessions if record and record.certificate else None,
        completed=workshop.completed,
        name=row["certificate_name"],
        erasing=row["withdrawn_by"] == "erasure",
    )
