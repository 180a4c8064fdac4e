"""Remember what became of a certificate, for its owner's page and the console."""

from services.registration.domain.outcomes import read_certificate
from services.registration.storage import outcomes
from shared.contracts.certificates import CertificateEvent
from shared.runtime.database import Connection


async def record_certificate_outcome(connection: Connection, event: CertificateEvent, *, sequence: int) -> None:
    """Store the edition's state; an older fact adds what is missing, and an erased registration's are ignored."""
    await outcomes.save_certificate(connection, read_certificate(event), sequence=sequence)
