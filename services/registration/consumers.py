"""What registration hears: the fate of mails and certificates, and who has acted on what. It decides nothing from it."""

from collections.abc import Sequence

from services.registration.storage.erasure import find_erased
from services.registration.use_cases.record_certificate_outcome import record_certificate_outcome
from services.registration.use_cases.record_notification_outcomes import record_notification_outcomes
from services.registration.use_cases.record_receipts import record_receipts
from shared.contracts.certificates import CertificateIssued, CertificateRevoked, CertificatesActed, CertificateSuperseded
from shared.contracts.notifications import (
    NotificationEvent,
    NotificationFailed,
    NotificationsActed,
    NotificationSent,
    NotificationSkipped,
    NotificationUncertain,
)
from shared.runtime.consumption import Consumers, Received
from shared.runtime.database import Connection


def create_consumers() -> Consumers:
    """The handlers of both topics.

    Erased keys are not dropped wholesale, since the receipts for an erasure carry the erased key: the use cases leave out the rest.
    What cannot be read or handled of such a key is not kept, though: its bytes would outlive the erasure.
    """
    consumers = Consumers("registration", sets_aside_nothing_of=find_erased)
    consumers.on_together(NotificationSent, NotificationSkipped, NotificationUncertain, NotificationFailed)(on_notifications)
    consumers.on_together(NotificationsActed)(on_notifications_acted)
    consumers.on(CertificateIssued)(on_certificate_issued)
    consumers.on(CertificateSuperseded)(on_certificate_superseded)
    consumers.on(CertificateRevoked)(on_certificate_revoked)
    consumers.on_together(CertificatesActed)(on_certificates_acted)
    return consumers


async def on_notifications(connection: Connection, received: Sequence[Received[NotificationEvent]]) -> None:
    """Mails were taken by the receiving server, deliberately not sent, refused for good, or nobody knows."""
    told = [(one.event, one.envelope.sequence or 0, one.envelope.time) for one in received]
    await record_notification_outcomes(connection, told)


async def on_notifications_acted(connection: Connection, received: Sequence[Received[NotificationsActed]]) -> None:
    """Notifications has acted on facts."""
    await record_receipts(connection, "notifications", [(one.event, one.envelope.sequence or 0) for one in received])


async def on_certificate_issued(connection: Connection, received: Received[CertificateIssued]) -> None:
    """A certificate is ready."""
    await record_certificate_outcome(connection, received.event, sequence=received.envelope.sequence or 0)


async def on_certificate_superseded(connection: Connection, received: Received[CertificateSuperseded]) -> None:
    """A certificate was replaced."""
    await record_certificate_outcome(connection, received.event, sequence=received.envelope.sequence or 0)


async def on_certificate_revoked(connection: Connection, received: Received[CertificateRevoked]) -> None:
    """A certificate is valid no more."""
    await record_certificate_outcome(connection, received.event, sequence=received.envelope.sequence or 0)


async def on_certificates_acted(connection: Connection, received: Sequence[Received[CertificatesActed]]) -> None:
    """Certificates has acted on facts."""
    await record_receipts(connection, "certificates", [(one.event, one.envelope.sequence or 0) for one in received])
