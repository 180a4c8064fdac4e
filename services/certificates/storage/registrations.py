"""What is known of registrations. Everybody who changes anything about one locks its row first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from services.certificates.domain.certificate import Certificate, Reason
from services.certificates.domain.certificate_rule import RegistrationState, Standing
from services.certificates.domain.hashed_address import hash_address
from services.certificates.domain.printed_name import as_printed
from services.certificates.storage.certificates import lock_live
from services.certificates.storage.channels import FACTS, wake
from services.certificates.storage.workshops import KnownWorkshop, read_workshops
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import AttendanceRecorded
from shared.runtime.database import Connection

_KNOWN = """
    r.registration_id, r.workshop_id, r.state, r.withdrawn_by, r.certificate_name,
    ARRAY(SELECT a.session_code FROM attendance a WHERE a.registration_id = r.registration_id AND a.present) AS attended,
    coalesce((SELECT max(c.edition) FROM certificates c WHERE c.registration_id = r.registration_id), 0) AS last_edition,
    (
        SELECT c.revocation_reason FROM certificates c WHERE c.registration_id = r.registration_id ORDER BY c.edition DESC LIMIT 1
    ) AS last_reason,
    EXISTS (SELECT FROM approvals p WHERE p.registration_id = r.registration_id)
        OR EXISTS (
            SELECT FROM certificates c WHERE c.registration_id = r.registration_id AND c.issued_at IS NOT NULL AND c.kind <> 'trainer'
        ) AS approved,
    EXISTS (SELECT FROM trainers t WHERE t.registration_id = r.registration_id) AS trainer
"""
NAME_BEFORE_ALL = ("", UUID(int=0))
"""A place in the order of names, with ids for those who have the same."""

_NOTHING_KNOWN = KnownWorkshop(record=None, completed=False)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A registration to which the certificate rule is to be applied anew."""

    registration_id: UUID
    workshop_id: UUID
    standing: Standing
    live: Certificate | None
    last_edition: int


async def find_erased(connection: Connection, registration_ids: Collection[UUID]) -> set[UUID]:
    """Those that were erased for good."""
    rows = await connection.fetch(
        "SELECT registration_id FROM registrations WHERE registration_id = ANY($1) AND state = 'erased'", list(registration_ids)
    )
    return {row["registration_id"] for row in rows}


async def lock_registrations(connection: Connection, workshops: Mapping[UUID, UUID]) -> set[UUID]:
    """Lock the rows of registrations, given with their workshops and made if need be, until the transaction ends.

    Returns those that are not erased: nothing may be kept about the others. Two topics bring news of one registration at the same time;
    without the lock, a participant's record could be kept beside its erasure. Rows are locked in one order everywhere.
    """
    ids = sorted(workshops)
    await connection.execute(
        """
        INSERT INTO registrations (registration_id, workshop_id)
        SELECT n.registration_id, n.workshop_id FROM unnest($1::uuid[], $2::uuid[]) AS n (registration_id, workshop_id)
        ORDER BY n.registration_id
        ON CONFLICT DO NOTHING
        """,
        ids,
        [workshops[registration_id] for registration_id in ids],
    )
    rows = await connection.fetch(
        "SELECT registration_id, state FROM registrations WHERE registration_id = ANY($1) ORDER BY registration_id FOR UPDATE", ids
    )
    return {row["registration_id"] for row in rows if row["state"] != RegistrationState.ERASED}


async def lock_registration(connection: Connection, registration_id: UUID, workshop_id: UUID) -> bool:
    """Lock one. False: it is erased."""
    return bool(await lock_registrations(connection, {registration_id: workshop_id}))


@dataclass(frozen=True, slots=True)
class StateFact:
    """What one fact says of a registration. `withdrawn_by` is a code, as the fact has it."""

    registration_id: UUID
    state: RegistrationState
    sequence: int
    withdrawn_by: str | None = None


async def save_states(connection: Connection, facts: Sequence[StateFact]) -> None:
    """Keep states, one a registration, unless a later fact has spoken already. The rows must be locked."""
    await connection.execute(
        """
        UPDATE registrations r SET state = n.state, sequence = n.sequence, withdrawn_by = n.withdrawn_by, unsettled = true
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[]) AS n (registration_id, state, sequence, withdrawn_by)
        WHERE r.registration_id = n.registration_id AND r.sequence < n.sequence
        """,
        [fact.registration_id for fact in facts],
        [fact.state.value for fact in facts],
        [fact.sequence for fact in facts],
        [fact.withdrawn_by for fact in facts],
    )
    await wake(connection, FACTS)


async def save_attendances(connection: Connection, facts: Sequence[tuple[AttendanceRecorded, int]]) -> None:
    """Keep what was recorded, with each fact's number, unless a later one has corrected it already. The rows must be locked."""
    await connection.execute(
        """
        WITH kept AS (
            INSERT INTO attendance AS a (registration_id, session_code, present, sequence)
            SELECT n.* FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::bigint[])
                 AS n (registration_id, session_code, present, sequence)
            ORDER BY n.registration_id
            ON CONFLICT (registration_id, session_code) DO UPDATE SET present = excluded.present, sequence = excluded.sequence
            WHERE a.sequence < excluded.sequence
            RETURNING a.registration_id
        )
        UPDATE registrations r SET unsettled = true FROM kept WHERE r.registration_id = kept.registration_id
        """,
        [event.registration_id for event, _ in facts],
        [event.session_code for event, _ in facts],
        [event.present for event, _ in facts],
        [sequence for _, sequence in facts],
    )
    await wake(connection, FACTS)


async def save_participants(connection: Connection, records: Sequence[ParticipantRecorded]) -> None:
    """Keep what a certificate needs of each record, its name as it is printed, unless a newer one is there. The rows must be locked."""
    await connection.execute(
        """
        UPDATE registrations r
        SET participant_version = n.version, certificate_name = n.certificate_name, language = n.language,
            address_digest = n.address_digest, unsettled = true
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[])
             AS n (registration_id, version, certificate_name, language, address_digest)
        WHERE r.registration_id = n.registration_id AND r.participant_version < n.version
        """,
        [record.registration_id for record in records],
        [record.version for record in records],
        [as_printed(record.certificate_name) for record in records],
        [record.language for record in records],
        [hash_address(record.address, record.registration_id).digest for record in records],
    )
    await wake(connection, FACTS)


async def erase(connection: Connection, registration_id: UUID) -> None:
    """Forget the person; the bare id stays, as erased. The row must be locked."""
    await connection.execute("DELETE FROM attendance WHERE registration_id = $1", registration_id)
    await connection.execute("DELETE FROM trainers WHERE registration_id = $1", registration_id)
    await connection.execute("DELETE FROM approvals WHERE registration_id = $1", registration_id)
    await connection.execute("DELETE FROM certificate_shares WHERE registration_id = $1", registration_id)
    await connection.execute(
        """
        UPDATE registrations
        SET state = 'erased', sequence = 0, withdrawn_by = NULL, participant_version = 0, certificate_name = NULL, language = NULL,
            address_digest = NULL, unsettled = false
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
        f"UPDATE registrations r SET unsettled = false WHERE registration_id = ANY($1) RETURNING {_KNOWN}",  # noqa: S608 - our own
        ids,
    )
    workshops = await read_workshops(connection, {row["workshop_id"] for row in rows})
    live = await lock_live(connection, ids)
    return [
        Unsettled(
            registration_id=row["registration_id"],
            workshop_id=row["workshop_id"],
            standing=_standing(row, workshops.get(row["workshop_id"], _NOTHING_KNOWN)),
            live=live.get(row["registration_id"]),
            last_edition=row["last_edition"],
        )
        for row in sorted(rows, key=lambda row: row["registration_id"].bytes)
    ]


async def find_workshop(connection: Connection, registration_id: UUID) -> UUID | None:
    """The workshop that a registration is for."""
    workshop_id: UUID | None = await connection.fetchval(
        "SELECT workshop_id FROM registrations WHERE registration_id = $1", registration_id
    )
    return workshop_id


async def place_in_names(connection: Connection, workshop_id: UUID, registration_id: UUID) -> tuple[str, UUID]:
    """Where one of a workshop's people is in the order of names; before all where they have no name, or are not there."""
    name: str | None = await connection.fetchval(
        "SELECT certificate_name FROM registrations WHERE registration_id = $1 AND workshop_id = $2", registration_id, workshop_id
    )
    return NAME_BEFORE_ALL if name is None else (name, registration_id)


async def find_longest_name(connection: Connection, workshop_id: UUID) -> str | None:
    """Of those who are confirmed: what a certificate has to have room for. None where nobody is."""
    name: str | None = await connection.fetchval(
        """
        SELECT certificate_name FROM registrations
        WHERE workshop_id = $1 AND state = 'confirmed' AND certificate_name IS NOT NULL
        ORDER BY length(certificate_name) DESC, certificate_name LIMIT 1
        """,
        workshop_id,
    )
    return name


async def read_standing(connection: Connection, registration_id: UUID) -> tuple[Standing, int]:
    """What is known of one registration that is there, and the edition of its last certificate, 0 before the first."""
    row = await connection.fetchrow(f"SELECT {_KNOWN} FROM registrations r WHERE registration_id = $1", registration_id)  # noqa: S608 - our own
    workshops = await read_workshops(connection, {row["workshop_id"]})
    return _standing(row, workshops.get(row["workshop_id"], _NOTHING_KNOWN)), row["last_edition"]


def _standing(row: Record, workshop: KnownWorkshop) -> Standing:
    record = workshop.record
    attended = frozenset(row["attended"]).intersection(session.code for session in record.sessions) if record else frozenset()
    return Standing(
        state=None if row["state"] is None else RegistrationState(row["state"]),
        attended=attended,
        enough=record.earned_by(attended) if record else None,
        completed=workshop.completed,
        # Whoever has had a participant's certificate was approved, or needed no approval then: a rebuild knows of no other
        cleared=row["approved"] or not (record and record.certificate and record.certificate.needs_approval),
        name=row["certificate_name"],
        erasing=row["withdrawn_by"] == "erasure",
        revoked_by_hand=row["last_reason"] == Reason.ORGANISER,
        trainer=row["trainer"],
    )
