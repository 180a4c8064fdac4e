"""Certificates: earned, replaced, taken back. Rendering is in `rendering`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import Certificate, CertificateState, Reason, draw_status_index, make_verification_token
from services.certificates.domain.serial import make_serial
from services.certificates.storage import status_lists
from services.certificates.storage.channels import ELIGIBLE, wake
from shared.contracts.certificate_template import Kind
from shared.runtime.database import Connection

_DRAWS = 100


@dataclass(frozen=True, slots=True)
class Named:
    """What names a certificate in events."""

    registration_id: UUID
    workshop_id: UUID
    edition: int
    serial: str


async def lock_live(connection: Connection, registration_ids: Collection[UUID]) -> dict[UUID, Certificate]:
    """The certificates of these registrations that are eligible or issued, locked."""
    rows = await connection.fetch(
        """
        SELECT registration_id, workshop_id, edition, state, serial, name, attended, kind FROM certificates
        WHERE registration_id = ANY($1) AND state IN ('eligible', 'issued')
        ORDER BY registration_id FOR UPDATE
        """,
        list(registration_ids),
    )
    return {
        row["registration_id"]: Certificate(
            registration_id=row["registration_id"],
            workshop_id=row["workshop_id"],
            edition=row["edition"],
            state=CertificateState(row["state"]),
            serial=row["serial"],
            name=row["name"],
            attended=frozenset(row["attended"] or ()),
            trainer=row["kind"] == Kind.TRAINER,
        )
        for row in rows
    }


async def draw_serial(connection: Connection, year: int) -> str:
    """A serial that no certificate has. Should another transaction draw the same meanwhile, one of the two is refused and done again."""
    for _ in range(_DRAWS):
        serial = make_serial(year)
        if not await connection.fetchval("SELECT true FROM certificates WHERE serial = $1", serial):
            return serial
    raise RuntimeError(f"no free serial after {_DRAWS} draws")


async def insert_eligible(
    connection: Connection, *, registration_id: UUID, workshop_id: UUID, edition: int, serial: str, now: datetime, trainer: bool = False
) -> None:
    """Store a certificate that was earned, with the token and the status index drawn for it."""
    count = await connection.fetchval("SELECT nextval('certificate_count')")
    for _ in range(_DRAWS):
        stored = await connection.fetchval(
            """
            INSERT INTO certificates
                (registration_id, edition, workshop_id, state, serial, verification_token, status_index, eligible_at, kind)
            VALUES ($1, $2, $3, 'eligible', $4, $5, $6, $7, $8)
            ON CONFLICT (status_index) DO NOTHING
            RETURNING true
            """,
            registration_id,
            edition,
            workshop_id,
            serial,
            make_verification_token(),
            draw_status_index(count),
            now,
            Kind.TRAINER if trainer else Kind.PARTICIPATION,
        )
        if stored:
            await wake(connection, ELIGIBLE)
            return
    raise RuntimeError(f"no free status index after {_DRAWS} draws")


async def renew_eligible(connection: Connection, registration_ids: Collection[UUID]) -> None:
    """Something about these changed: what could not be set before is tried again at once."""
    await connection.execute(
        """
        UPDATE certificates SET error = NULL, retry_at = NULL
        WHERE registration_id = ANY($1) AND state = 'eligible' AND error IS NOT NULL
        """,
        list(registration_ids),
    )
    await wake(connection, ELIGIBLE)


async def drop_eligible(connection: Connection, registration_id: UUID) -> str | None:
    """Delete the certificate that was never issued. Returns its serial, None where there was none."""
    serial: str | None = await connection.fetchval(
        "DELETE FROM certificates WHERE registration_id = $1 AND state = 'eligible' RETURNING serial", registration_id
    )
    return serial


async def revoke_issued(connection: Connection, registration_id: UUID, *, reason: Reason, now: datetime) -> Named | None:
    """Revoke the certificate that is valid, if there is one."""
    row = await connection.fetchrow(
        """
        UPDATE certificates SET state = 'revoked', revoked_at = $2, revocation_reason = $3
        WHERE registration_id = $1 AND state = 'issued'
        RETURNING registration_id, workshop_id, edition, serial, status_index
        """,
        registration_id,
        now,
        reason,
    )
    if row is None:
        return None
    await status_lists.note_change(connection, row["status_index"])
    return Named(row["registration_id"], row["workshop_id"], row["edition"], row["serial"])


async def revoke_superseded(
    connection: Connection, registration_id: UUID, *, superseded_by: str, reason: Reason, now: datetime
) -> Named | None:
    """Revoke the certificate that was replaced by a serial which will not be issued. Its list says already that it is not valid."""
    row = await connection.fetchrow(
        """
        UPDATE certificates
        SET state = 'revoked', revoked_at = $3, revocation_reason = $4, superseded_by = NULL, superseded_at = NULL
        WHERE registration_id = $1 AND superseded_by = $2 AND state = 'superseded'
        RETURNING registration_id, workshop_id, edition, serial
        """,
        registration_id,
        superseded_by,
        now,
        reason,
    )
    return None if row is None else Named(**row)


async def supersede_issued(connection: Connection, certificate: Certificate, *, superseded_by: str, now: datetime) -> None:
    """Mark the certificate as replaced. The row must be locked."""
    index = await connection.fetchval(
        """
        UPDATE certificates SET state = 'superseded', superseded_by = $3, superseded_at = $4
        WHERE registration_id = $1 AND edition = $2 AND state = 'issued'
        RETURNING status_index
        """,
        certificate.registration_id,
        certificate.edition,
        superseded_by,
        now,
    )
    if index is not None:
        await status_lists.note_change(connection, index)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate it is, which of theirs, and the serial that replaces it, if any."""

    registration_id: UUID
    edition: int
    superseded_by: str | None


async def find_holder(connection: Connection, workshop_id: UUID, serial: str) -> Holder | None:
    """The holder of a workshop's certificate."""
    row = await connection.fetchrow(
        "SELECT registration_id, edition, superseded_by FROM certificates WHERE serial = $2 AND workshop_id = $1", workshop_id, serial
    )
    return Holder(**row) if row else None


async def note_reason(connection: Connection, registration_id: UUID, edition: int, *, note: str, is_public: bool) -> None:
    """Keep in an organiser's words why it was revoked."""
    await connection.execute(
        """
        UPDATE certificates SET revocation_note = $3, revocation_note_public = $4
        WHERE registration_id = $1 AND edition = $2 AND state = 'revoked'
        """,
        registration_id,
        edition,
        note,
        is_public,
    )


async def erase_certificates(connection: Connection, registration_id: UUID) -> int:
    """Delete the PDFs, the names and whatever else describes the person; serials and tokens stay. Returns the number of PDFs."""
    status: str = await connection.execute("DELETE FROM documents WHERE registration_id = $1", registration_id)
    await connection.execute(
        """
        UPDATE certificates
        SET erased = true, name = NULL, language = NULL, attended = NULL, sha256 = NULL, revocation_note = NULL, kind = 'participation'
        WHERE registration_id = $1
        """,
        registration_id,
    )
    return int(status.split()[1])
