"""What registration hears: the fate of mails and certificates, and who has acted on what. It decides nothing from it."""

from services.registration.storage.erasure import is_erased
from services.registration.use_cases.record_certificate_outcome import record_certificate_outcome
from services.registration.use_cases.record_notification_outcome import record_notification_outcome
from services.registration.use_cases.record_receipt import record_receipt
from shared.contracts.certificates import CertificateIssued, CertificateRevoked, CertificatesActed, CertificateSuperseded
from shared.contracts.notifications import (
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
    consumers = Consumers("registration", sets_aside_nothing_of=is_erased)
    consumers.on(NotificationSent)(on_notification_sent)
    consumers.on(NotificationSkipped)(on_notification_skipped)
    consumers.on(NotificationUncertain)(on_notification_uncertain)
    consumers.on(NotificationFailed)(on_notification_failed)
    consumers.on(NotificationsActed)(on_notifications_acted)
    consumers.on(CertificateIssued)(on_certificate_issued)
    consumers.on(CertificateSuperseded)(on_certificate_superseded)
    consumers.on(CertificateRevoked)(on_certificate_revoked)
    consumers.on(CertificatesActed)(on_certificates_acted)
    return consumers


async def on_notification_sent(connection: Connection, received: Received[NotificationSent]) -> None:
    """The mail was taken by the receiving server."""
    await record_notification_outcome(
        connection, received.event, sequence=received.envelope.sequence or 0, reported_at=received.envelope.time
    )


async def on_notification_skipped(connection: Connection, received: Received[NotificationSkipped]) -> None:
    """The mail was deliberately not sent."""
    await record_notification_outcome(
        connection, received.event, sequence=received.envelope.sequence or 0, reported_at=received.envelope.time
    )


async def on_notification_uncertain(connection: Connection, received: Received[NotificationUncertain]) -> None:
    """Nobody knows whether the mail was taken."""
    await record_notification_outcome(
        connection, received.event, sequence=received.envelope.sequence or 0, reported_at=received.envelope.time
    )


async def on_notification_failed(connection: Connection, received: Received[NotificationFailed]) -> None:
    """The mail was refused for good."""
    await record_notification_outcome(
        connection, received.event, sequence=received.envelope.sequence or 0, reported_at=received.envelope.time
    )


async def on_notifications_acted(connection: Connection, received: Received[NotificationsActed]) -> None:
    """Notifications has acted on a fact."""
    await record_receipt(connection, "notifications", received.event, sequence=received.envelope.sequence or 0)


async def on_certificate_issued(connection: Connection, received: Received[CertificateIssued]) -> None:
    """A certificate is ready."""
    await record_certificate_outcome(connection, received.event, sequence=received.envelope.sequence or 0)


async def on_certificate_superseded(connection: Connection, received: Received[CertificateSuperseded]) -> None:
    """A certificate was replaced."""
    await record_certificate_outcome(connection, received.event, sequence=received.envelope.sequence or 0)


async def on_certificate_revoked(connection: Connection, received: Received[CertificateRevoked]) -> None:
    """A certificate is valid no more."""
    await record_certificate_outcome(connection, received.event, sequence=received.envelope.sequence or 0)


async def on_certificates_acted(connection: Connection, received: Received[CertificatesActed]) -> None:
    """Certificates has acted on a fact."""
    await record_receipt(connection, "certificates", received.event, sequence=received.envelope.sequence or 0)
