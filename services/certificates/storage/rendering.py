"""Handing out certificates to render, and taking the documents in. Leases run in real time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.certificates.domain.hashed_address import HashedAddress, salt_of
from services.certificates.storage import status_lists
from services.certificates.storage.channels import FINISHED, wake
from services.certificates.storage.templates import Saved, read_templates
from services.certificates.storage.workshops import read_workshops
from shared.contracts.certificate_template import CertificateTemplate, Kind
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Printed:
    """What a document is made from that may change until it is stored."""

    name: str
    language: str
    attended: frozenset[str]
    trainer: bool
    workshop: WorkshopRecorded
    template: CertificateTemplate
    address: HashedAddress | None


@dataclass(frozen=True, slots=True)
class Commission:
    """One certificate to render; `lease` is what only its holder knows.

    A first edition has the `correlation_id` and the `traceparent` of the completion.
    """

    registration_id: UUID
    workshop_id: UUID
    edition: int
    lease: UUID
    serial: str
    verification_token: str
    status_index: int
    attempts: int
    eligible_at: datetime
    correlation_id: str | None
    traceparent: str | None
    printed: Printed


@dataclass(frozen=True, slots=True)
class Document:
    """A sealed PDF with the SHA-256 of its bytes, the credential that lies in it, and the same as a VC-JWT."""

    pdf: bytes
    sha256: str
    credential: str
    enveloped: str


async def claim(connection: Connection, *, limit: int, seconds: float) -> list[Commission]:
    """Lease certificates that wait to be rendered.

    One whose rendering was broken off before comes alone, so that it cannot take others down again. An expired lease counts as broken off.
    """
    lease = uuid4()
    rows = await connection.fetch(
        """
        WITH waiting AS (
            SELECT registration_id, edition, attempts + (lease IS NOT NULL)::integer AS attempts FROM certificates
            WHERE state = 'eligible' AND (lease_until IS NULL OR lease_until < clock_timestamp())
                AND (retry_at IS NULL OR retry_at < clock_timestamp())
            ORDER BY attempts + (lease IS NOT NULL)::integer, eligible_at, registration_id LIMIT $3 FOR UPDATE SKIP LOCKED
        ), first AS (
            SELECT registration_id, edition, attempts FROM waiting ORDER BY attempts LIMIT 1
        )
        UPDATE certificates c SET lease = $1, lease_until = clock_timestamp() + $2, attempts = w.attempts
        FROM waiting w
        WHERE (c.registration_id, c.edition) = (w.registration_id, w.edition)
            AND (w.attempts = 0 OR (w.registration_id, w.edition) IN (SELECT registration_id, edition FROM first))
        RETURNING c.registration_id, c.workshop_id, c.edition, c.lease, c.serial, c.verification_token, c.status_index, c.attempts,
            c.eligible_at,
            CASE WHEN c.edition = 1
                THEN (SELECT k.completion_correlation_id FROM workshops k WHERE k.workshop_id = c.workshop_id)
            END AS correlation_id,
            CASE WHEN c.edition = 1
                THEN (SELECT k.completion_traceparent FROM workshops k WHERE k.workshop_id = c.workshop_id)
            END AS traceparent
        """,
        lease,
        timedelta(seconds=seconds),
        limit,
    )
    printed = await read_printed(connection, [row["registration_id"] for row in rows])
    return [Commission(**row, printed=printed[row["registration_id"]]) for row in rows if row["registration_id"] in printed]


async def store_document(
    connection: Connection, commission: Commission, document: Document, *, issued_at: datetime, kind: Kind = Kind.PARTICIPATION
) -> bool:
    """Store the document and mark the certificate issued. False: the lease is no longer ours, or nothing is to be issued any more."""
    stored = await connection.fetchval(
        """
        UPDATE certificates
        SET state = 'issued', issued_at = $4, sha256 = $5, name = $6, language = $7, attended = $8, kind = $9,
            lease = NULL, lease_until = NULL, error = NULL, retry_at = NULL
        WHERE registration_id = $1 AND edition = $2 AND lease = $3 AND state = 'eligible'
        RETURNING true
        """,
        commission.registration_id,
        commission.edition,
        commission.lease,
        issued_at,
        document.sha256,
        commission.printed.name,
        commission.printed.language,
        sorted(commission.printed.attended),
        kind,
    )
    if not stored:
        return False
    await connection.execute(
        "INSERT INTO documents (registration_id, edition, pdf, credential, enveloped) VALUES ($1, $2, $3, $4, $5)",
        commission.registration_id,
        commission.edition,
        document.pdf,
        document.credential,
        document.enveloped,
    )
    await status_lists.begin(connection, commission.status_index)
    await wake(connection, FINISHED)
    return True


async def give_back(connection: Connection, commission: Commission, *, broken_off: bool) -> None:
    """End the lease without a document. `broken_off` counts the attempt."""
    await connection.execute(
        """
        UPDATE certificates SET lease = NULL, lease_until = NULL, attempts = attempts + $4::integer
        WHERE registration_id = $1 AND edition = $2 AND lease = $3
        """,
        commission.registration_id,
        commission.edition,
        commission.lease,
        int(broken_off),
    )


async def note_error(connection: Connection, commission: Commission, *, error: str, retry_after: float) -> None:
    """Say why this one cannot be set, and when to try again, in seconds of real time."""
    await connection.execute(
        """
        UPDATE certificates SET lease = NULL, lease_until = NULL, error = $4, retry_at = clock_timestamp() + $5
        WHERE registration_id = $1 AND edition = $2 AND lease = $3 AND state = 'eligible'
        """,
        commission.registration_id,
        commission.edition,
        commission.lease,
        error,
        timedelta(seconds=retry_after),
    )
    await wake(connection, FINISHED)


async def read_printed(connection: Connection, registration_ids: Sequence[UUID]) -> dict[UUID, Printed]:
    """What is known now of these; those of whom too little is known to print it are not in the answer."""
    rows = await connection.fetch(
        """
        SELECT r.registration_id, r.workshop_id, r.certificate_name, r.language, r.address_digest,
            ARRAY(SELECT a.session_code FROM attendance a WHERE a.registration_id = r.registration_id AND a.present) AS attended,
            EXISTS (SELECT FROM trainers t WHERE t.registration_id = r.registration_id) AS trainer
        FROM registrations r JOIN workshops w USING (workshop_id)
        WHERE r.registration_id = ANY($1) AND r.certificate_name IS NOT NULL AND w.record IS NOT NULL
        """,
        list(registration_ids),
    )
    workshops = await read_workshops(connection, {row["workshop_id"] for row in rows})
    templates = await read_templates(connection, workshops)
    records = {workshop_id: workshop.record for workshop_id, workshop in workshops.items() if workshop.record}
    return {
        row["registration_id"]: Printed(
            name=row["certificate_name"],
            language=row["language"],
            attended=frozenset(row["attended"]).intersection(session.code for session in record.sessions),
            trainer=row["trainer"],
            workshop=record,
            template=templates.get(row["workshop_id"], Saved()).template,
            address=HashedAddress(row["address_digest"], salt_of(row["registration_id"])) if row["address_digest"] else None,
        )
        for row in rows
        if (record := records.get(row["workshop_id"]))
    }
