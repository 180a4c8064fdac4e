"""What the holder of a verification token may see."""

from dataclasses import dataclass
from datetime import datetime

from services.certificates.domain.certificate import CertificateState, Reason
from shared.contracts.certificate_template import Kind
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate that was issued once. After erasure it names nobody: `name` is None and `erased` true.

    `has_credential` is false where it was issued before there were any, `has_envelope` where it was restored from its PDF. `note` is why an
    organiser revoked it, where everybody may know. `successor_waits`: what replaces it is not issued yet.
    """

    state: CertificateState
    serial: str
    name: str | None
    kind: Kind
    attended: frozenset[str]
    issued_at: datetime
    superseded_by: str | None
    superseded_at: datetime | None
    revoked_at: datetime | None
    reason: Reason | None
    erased: bool
    has_credential: bool
    has_envelope: bool
    note: str | None
    successor_waits: bool
    workshop: WorkshopRecorded


@dataclass(frozen=True, slots=True)
class Document:
    """A valid certificate's PDF and credential; without the latter, or one of its forms, where it was issued or restored without."""

    serial: str
    pdf: bytes
    credential: str | None
    enveloped: str | None


async def find_certificate(connection: Connection, token: str) -> Verified | None:
    """The certificate behind a token, from the moment it was issued."""
    row = await connection.fetchrow(
        """
        SELECT c.state, c.serial, c.name, c.kind, c.attended, c.issued_at, c.superseded_by, c.superseded_at, c.revoked_at,
            c.revocation_reason, c.erased, d.credential IS NOT NULL AS has_credential, d.enveloped IS NOT NULL AS has_envelope,
            CASE WHEN c.revocation_note_public THEN c.revocation_note END AS note, w.record,
            c.superseded_by IS NOT NULL
                AND (SELECT n.issued_at FROM certificates n WHERE n.serial = c.superseded_by) IS NULL AS successor_waits
        FROM certificates c JOIN workshops w USING (workshop_id) LEFT JOIN documents d USING (registration_id, edition)
        WHERE c.verification_token = $1 AND c.issued_at IS NOT NULL
        """,
        token,
    )
    if row is None:
        return None
    return Verified(
        state=CertificateState(row["state"]),
        serial=row["serial"],
        name=row["name"],
        kind=Kind(row["kind"]),
        attended=frozenset(row["attended"] or ()),
        issued_at=row["issued_at"],
        superseded_by=row["superseded_by"],
        superseded_at=row["superseded_at"],
        revoked_at=row["revoked_at"],
        reason=None if row["revocation_reason"] is None else Reason(row["revocation_reason"]),
        erased=row["erased"],
        has_credential=row["has_credential"],
        has_envelope=row["has_envelope"],
        note=row["note"],
        successor_waits=row["successor_waits"],
        workshop=WorkshopRecorded.model_validate(row["record"]),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A certificate that was issued, and its state alone."""

    token: str
    state: CertificateState
    erased: bool


async def find_by_hash(connection: Connection, sha256: str) -> Known | None:
    """By the SHA-256 of its file, in hexadecimal, as it was issued or with its time-stamp.

    After erasure nothing is found: the hashes are gone with the file.
    """
    row = await connection.fetchrow(
        """
        SELECT verification_token, state, erased FROM certificates WHERE sha256 = $1
        UNION ALL
        SELECT c.verification_token, c.state, c.erased FROM documents d JOIN certificates c USING (registration_id, edition)
        WHERE d.augmented_sha256 = $1
        """,
        sha256,
    )
    return Known(row["verification_token"], CertificateState(row["state"]), row["erased"]) if row else None


async def find_by_token(connection: Connection, token: str) -> Known | None:
    """By what opens its page, from the moment it was issued. After erasure too."""
    row = await connection.fetchrow("SELECT state, erased FROM certificates WHERE verification_token = $1 AND issued_at IS NOT NULL", token)
    return Known(token, CertificateState(row["state"]), row["erased"]) if row else None


async def find_document(connection: Connection, token: str) -> Document | None:
    """What the holder of the certificate behind a token has, while it is valid."""
    row = await connection.fetchrow(
        """
        SELECT c.serial, d.pdf || coalesce(d.augmentation, '') AS pdf, d.credential, d.enveloped
        FROM certificates c JOIN documents d USING (registration_id, edition)
        WHERE c.verification_token = $1 AND c.state = 'issued'
        """,
        token,
    )
    return None if row is None else Document(**row)
