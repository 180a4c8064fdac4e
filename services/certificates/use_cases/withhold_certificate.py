"""Withhold the certificate that a registration was about to be issued."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import Reason
from services.certificates.storage import certificates
from services.certificates.use_cases.revoke_certificate import revocation
from shared.contracts.certificates import CertificateRevoked
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was done; `events` are to be published."""

    effects: dict[str, int]
    events: list[CertificateRevoked]


async def withhold_certificate(connection: Connection, registration_id: UUID, *, reason: Reason, now: datetime) -> Withheld:
    """Drop it without a word, if there is one.

    Where it was to replace a certificate, that one has no successor now: its holder is told that it is revoked, and the public page names
    no serial that was never issued.
    """
    serial = await certificates.drop_eligible(connection, registration_id)
    if serial is None:
        return Withheld({}, [])
    replaced = await certificates.revoke_superseded(connection, registration_id, superseded_by=serial, reason=reason, now=now)
    if replaced is None:
        return Withheld({"certificates_withheld": 1}, [])
    return Withheld({"certificates_withheld": 1, "certificates_revoked": 1}, [revocation(replaced, reason=reason, now=now)])
