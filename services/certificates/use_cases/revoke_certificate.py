"""Revoke the certificate that a registration holds."""

from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import Reason
from services.certificates.storage import certificates
from services.certificates.storage.certificates import Named
from shared.contracts.certificates import CertificateRevoked
from shared.runtime.database import Connection


async def revoke_certificate(connection: Connection, registration_id: UUID, *, reason: Reason, now: datetime) -> list[CertificateRevoked]:
    """Revoke it. Returns the event to publish, none where no certificate was valid."""
    revoked = await certificates.revoke_issued(connection, registration_id, reason=reason, now=now)
    return [] if revoked is None else [revocation(revoked, reason=reason, now=now)]


def revocation(revoked: Named, *, reason: Reason, now: datetime) -> CertificateRevoked:
    """The news of it."""
    return CertificateRevoked(
        registration_id=revoked.registration_id,
        workshop_id=revoked.workshop_id,
        edition=revoked.edition,
        serial=revoked.serial,
        reason=reason,
        revoked_at=now,
    )
