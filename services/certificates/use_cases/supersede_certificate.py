"""Replace a certificate that says what is no longer so."""

from datetime import datetime

from services.certificates.domain.certificate import Certificate
from services.certificates.storage import certificates
from shared.contracts.certificates import CertificateSuperseded
from shared.runtime.database import Connection


async def supersede_certificate(
    connection: Connection, certificate: Certificate, *, edition: int, year: int, now: datetime, trainer: bool
) -> CertificateSuperseded:
    """Mark it as superseded and make the next edition eligible, as a trainer's or not. Returns the event to publish."""
    serial = await certificates.draw_serial(connection, year)
    await certificates.supersede_issued(connection, certificate, superseded_by=serial, now=now)
    await certificates.insert_eligible(
        connection,
        registration_id=certificate.registration_id,
        workshop_id=certificate.workshop_id,
        edition=edition,
        serial=serial,
        now=now,
        trainer=trainer,
    )
    return CertificateSuperseded(
        registration_id=certificate.registration_id,
        workshop_id=certificate.workshop_id,
        edition=certificate.edition,
        serial=certificate.serial,
        superseded_by=serial,
    )
