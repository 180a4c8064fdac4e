"""What certificates' database says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One edition of a certificate; `file_sha256` is computed from the stored PDF and None where there is none."""

    registration_id: UUID
    edition: int
    serial: str
    state: str
    revocation_reason: str | None
    file_sha256: str | None
    kind: str = "participation"


@dataclass(frozen=True, slots=True)
class CertificatesDatabase:
    """`standings` are registrations' states by their facts, `versions` those of participant records, both by registration.

    `receipts` says when a fact was last answered; `unanswered` holds those that are still to be. `shares` are the tokens of share
    pages that are on, by registration.
    """

    workshops: Mapping[UUID, int]
    standings: Mapping[UUID, str]
    versions: Mapping[UUID, int]
    attendance: Mapping[tuple[UUID, str], bool]
    erased: set[UUID]
    approved: set[UUID]
    trainers: set[UUID]
    certificates: Sequence[CertificateRow]
    receipts: Mapping[UUID, datetime]
    unanswered: set[UUID]
    shares: Mapping[UUID, str] = field(repr=False)


async def read_certificates(connection: asyncpg.Connection) -> CertificatesDatabase:
    """Read it in the transaction that the caller has opened, so that the tables agree with each other."""
    workshops = await connection.fetch("SELECT workshop_id, version FROM workshops WHERE record IS NOT NULL")
    registrations = await connection.fetch("SELECT registration_id, state, participant_version FROM registrations")
    attendance = await connection.fetch("SELECT registration_id, session_code, present FROM attendance")
    certificates = await connection.fetch(
        """
        SELECT c.registration_id, c.edition, c.serial, c.state, c.revocation_reason, encode(sha256(d.pdf), 'hex') AS file_sha256, c.kind
        FROM certificates c LEFT JOIN documents d USING (registration_id, edition)
        ORDER BY c.serial
        """
    )
    approved = await connection.fetch("SELECT registration_id FROM approvals")
    trainers = await connection.fetch("SELECT registration_id FROM trainers")
    receipts = await connection.fetch("SELECT fact_id, acted_at FROM receipts")
    shares = await connection.fetch("SELECT registration_id, share_token FROM certificate_shares WHERE share_token IS NOT NULL")
    return CertificatesDatabase(
        workshops={row["workshop_id"]: row["version"] for row in workshops},
        standings={row["registration_id"]: row["state"] for row in registrations if row["state"] is not None},
        versions={row["registration_id"]: row["participant_version"] for row in registrations if row["participant_version"]},
        attendance={(row["registration_id"], row["session_code"]): row["present"] for row in attendance},
        erased={row["registration_id"] for row in registrations if row["state"] == "erased"},
        approved={row["registration_id"] for row in approved},
        trainers={row["registration_id"] for row in trainers},
        certificates=[CertificateRow(**dict(row)) for row in certificates],
        receipts={row["fact_id"]: row["acted_at"] for row in receipts if row["acted_at"]},
        unanswered={row["fact_id"] for row in receipts if not row["acted_at"]},
        shares={row["registration_id"]: row["share_token"] for row in shares},
    )
