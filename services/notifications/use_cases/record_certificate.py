"""Keep what became of a certificate, and plan the message about it."""

from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Purpose, Rank, certificate_occurrence
from services.notifications.storage import certificates, planning, wake
from shared.contracts.certificates import CertificateEvent, CertificateIssued, CertificateRevoked
from shared.runtime.database import Connection
from shared.runtime.tracing import traceparent


async def record_certificate(
    connection: Connection, event: CertificateEvent, *, fact_id: UUID, sequence: int, occurred_at: datetime, correlation_id: str | None
) -> None:
    """Apply one fact of a certificate. One that is superseded is not mailed about: its successor is, and says what it replaces."""
    state, purpose = "superseded", None
    if isinstance(event, CertificateIssued):
        state, purpose = "issued", Purpose.CERTIFICATE
    elif isinstance(event, CertificateRevoked):
        state, purpose = "revoked", Purpose.CERTIFICATE_REVOKED
    await certificates.store_certificate(connection, event, state=state, sequence=sequence, fact_id=fact_id)
    if purpose is None:
        return
    await planning.add_fact_messages(
        connection,
        [
            planning.FactMessage(
                registration_id=event.registration_id,
                workshop_id=event.workshop_id,
                purpose=purpose,
                occurrence=certificate_occurrence(event.serial, state),
                rank=Rank.CERTIFICATE,
                sequence=sequence,
                due_at=occurred_at,
                correlation_id=correlation_id,
                traceparent=traceparent(),
            )
        ],
    )
    await wake.wake(connection, wake.MESSAGES)
