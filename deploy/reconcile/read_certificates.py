"""What certificates' database says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One edition of a certificate; `file_sha256` is computed from the stored PDF and None where there is none."""

    registration_id: UUID
    edition: int
    serial: str
    state: str
    token: str | None
    file_sha256: str | None


@dataclass(frozen=True, slots=True)
class CertificatesDatabase:
    """`standings` are registrations' states by their facts, `versions` those of participant records, both by registration."""

    workshops: Mapping[UUID, int]
    standings: Mapping[UUID, str]
    versions: Mapping[UUID, int]
    attendance: Mapping[tuple[UUID, str], bool]
    erased: set[UUID]
    certificates: Sequence[CertificateRow]
