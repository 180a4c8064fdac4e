"""What notifications does with each event of the other services."""

from collections.abc import Sequence

from services.notifications.domain.message_id import domain_of
from services.notifications.settings import NotificationsSettings
from services.notifications.storage.erasure import find_erased
from services.notifications.use_cases.forget_registration import forget_registration
from services.notifications.use_cases.record_attendance import record_attendance
from services.notifications.use_cases.record_certificate import record_certificate
from services.notifications.use_cases.record_participants import record_participants
from services.notifications.use_cases.record_standings import HeardStanding, record_standings
from services.notifications.use_cases.record_workshop import record_workshop
from services.notifications.use_cases.record_workshop_fact import record_workshop_fact
from services.notifications.use_cases.remove_participant import remove_participant
from services.notifications.use_cases.send_link import send_link
from shared.contracts.certificates import CertificateEvent, CertificateIssued, CertificateRevoked, CertificateSuperseded
from shared.contracts.envelope import Envelope
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import (
    AttendanceRecorded,
    LinkRequested,
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationEvent,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
from shared.contracts.topics import PARTICIPANTS
from shared.contracts.workshop_events import (
    ReminderRequested,
    WorkshopAnnounced,
    WorkshopCancelled,
    WorkshopCompleted,
    WorkshopEvent,
    WorkshopOpened,
    WorkshopRescheduled,
)
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.consumption import Consumers, Received, ReceivedTombstone
from shared.runtime.database import Connection


class MissingSequenceError(ValueError):
    """A fact came without its number: its place among the others cannot be known."""


def create_consumers(settings: NotificationsSettings) -> Consumers:
    """The handlers of all topics that notifications reads."""
    consumers = Consumers("notifications", erased=find_erased)
    _consume_workshops(consumers)
    _consume_participants(consumers)
    _consume_registrations(consumers, domain_of(settings.mail_from))
    _consume_certificates(consumers)
    return consumers


def _consume_workshops(consumers: Consumers) -> None:
    @consumers.on(WorkshopRecorded)
    async def on_workshop_recorded(connection: Connection, received: Received[WorkshopRecorded]) -> None:
        await record_workshop(connection, received.event, recorded_at=received.envelope.time)

    async def on_fact(connection: Connection, event: WorkshopEvent, envelope: Envelope) -> None:
        await record_workshop_fact(
            connection,
            event,
            fact_id=envelope.id,
            sequence=_sequence(envelope),
            occurred_at=envelope.time,
            correlation_id=envelope.correlationid,
        )

    @consumers.on(WorkshopOpened)
    async def on_workshop_opened(connection: Connection, received: Received[WorkshopOpened]) -> None:
        await on_fact(connection, received.event, received.envelope)

    @consumers.on(WorkshopRescheduled)
    async def on_workshop_rescheduled(connection: Connection, received: Received[WorkshopRescheduled]) -> None:
        await on_fact(connection, received.event, received.envelope)

    @consumers.on(WorkshopCancelled)
    async def on_workshop_cancelled(connection: Connection, received: Received[WorkshopCancelled]) -> None:
        await on_fact(connection, received.event, received.envelope)

    @consumers.on(WorkshopCompleted)
    async def on_workshop_completed(connection: Connection, received: Received[WorkshopCompleted]) -> None:
        await on_fact(connection, received.event, received.envelope)

    @consumers.on(ReminderRequested)
    async def on_reminder_requested(connection: Connection, received: Received[ReminderRequested]) -> None:
        await on_fact(connection, received.event, received.envelope)

    @consumers.on(WorkshopAnnounced)
    async def on_workshop_announced(connection: Connection, received: Received[WorkshopAnnounced]) -> None:
        await on_fact(connection, received.event, received.envelope)


def _consume_participants(consumers: Consumers) -> None:
    @consumers.on_together(ParticipantRecorded)
    async def on_participants_recorded(connection: Connection, received: Sequence[Received[ParticipantRecorded]]) -> None:
        await record_participants(connection, [one.event for one in received])

    @consumers.on_tombstone(PARTICIPANTS)
    async def on_participant_erased(connection: Connection, received: ReceivedTombstone) -> None:
        await remove_participant(connection, received.key)


def _consume_registrations(consumers: Consumers, mail_domain: str) -> None:
    @consumers.on_together(RegistrationConfirmed, RegistrationWaitlisted, RegistrationPromoted, RegistrationWithdrawn)
    async def on_standings(connection: Connection, received: Sequence[Received[RegistrationEvent]]) -> None:
        await record_standings(connection, [_standing(one) for one in received])

    @consumers.on(LinkRequested)
    async def on_link_requested(connection: Connection, received: Received[LinkRequested]) -> None:
        envelope = received.envelope
        await send_link(
            connection,
            received.event,
            fact_id=envelope.id,
            sequence=_sequence(received.envelope),
            occurred_at=envelope.time,
            correlation_id=envelope.correlationid,
        )

    @consumers.on(AttendanceRecorded)
    async def on_attendance_recorded(connection: Connection, received: Received[AttendanceRecorded]) -> None:
        await record_attendance(connection, received.event, sequence=_sequence(received.envelope))

    @consumers.on(RegistrationErased)
    async def on_registration_erased(connection: Connection, received: Received[RegistrationErased]) -> None:
        await forget_registration(connection, received.event, fact_id=received.envelope.id, mail_domain=mail_domain, now=received.now)


def _standing(received: Received[RegistrationEvent]) -> HeardStanding:
    envelope = received.envelope
    return HeardStanding(received.event, envelope.id, _sequence(envelope), envelope.time, envelope.correlationid, received.traceparent)


def _consume_certificates(consumers: Consumers) -> None:
    async def on_certificate(connection: Connection, event: CertificateEvent, envelope: Envelope) -> None:
        await record_certificate(
            connection,
            event,
            fact_id=envelope.id,
            sequence=_sequence(envelope),
            occurred_at=envelope.time,
            correlation_id=envelope.correlationid,
        )

    @consumers.on(CertificateIssued)
    async def on_certificate_issued(connection: Connection, received: Received[CertificateIssued]) -> None:
        await on_certificate(connection, received.event, received.envelope)

    @consumers.on(CertificateSuperseded)
    async def on_certificate_superseded(connection: Connection, received: Received[CertificateSuperseded]) -> None:
        await on_certificate(connection, received.event, received.envelope)

    @consumers.on(CertificateRevoked)
    async def on_certificate_revoked(connection: Connection, received: Received[CertificateRevoked]) -> None:
        await on_certificate(connection, received.event, received.envelope)


def _sequence(envelope: Envelope) -> int:
    if envelope.sequence is None:
        raise MissingSequenceError(envelope.type)
    return envelope.sequence
