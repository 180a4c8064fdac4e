"""What certificates do with the facts of others: keep what each says. What follows from them, the worker's jobs find out."""

from collections.abc import Sequence
from typing import TypeVar

from services.certificates.domain.certificate_rule import RegistrationState
from services.certificates.storage.receipts import Fact
from services.certificates.storage.registrations import find_erased
from services.certificates.use_cases.acknowledge_fact import acknowledge_fact
from services.certificates.use_cases.forget_participant import forget_participant
from services.certificates.use_cases.record_attendances import HeardAttendance, record_attendances
from services.certificates.use_cases.record_completion import record_completion
from services.certificates.use_cases.record_participants import record_participants
from services.certificates.use_cases.record_registration_states import HeardState, record_registration_states
from services.certificates.use_cases.record_sharing import record_sharing
from services.certificates.use_cases.record_workshop import record_workshop
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import (
    AttendanceRecorded,
    CertificateShared,
    CertificateSharingEnded,
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationEvent,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
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
from shared.runtime.consumption import Consumers, Received
from shared.runtime.database import Connection

consumers = Consumers("certificates", erased=find_erased)

R = TypeVar("R", bound=RegistrationEvent)
W = TypeVar("W", bound=WorkshopEvent)


@consumers.on(WorkshopRecorded)
async def on_workshop_recorded(connection: Connection, received: Received[WorkshopRecorded]) -> None:
    """Keep the record."""
    await record_workshop(connection, received.event)


@consumers.on(WorkshopCompleted)
async def on_workshop_completed(connection: Connection, received: Received[WorkshopCompleted]) -> None:
    """Note that certificates are due."""
    envelope = received.envelope
    await record_completion(connection, _about_workshop(received), completed_at=envelope.time, correlation_id=envelope.correlationid)


@consumers.on(WorkshopOpened)
async def on_workshop_opened(connection: Connection, received: Received[WorkshopOpened]) -> None:
    """Nothing to do but to say so."""
    await acknowledge_fact(connection, _about_workshop(received), now=received.now)


@consumers.on(WorkshopRescheduled)
async def on_workshop_rescheduled(connection: Connection, received: Received[WorkshopRescheduled]) -> None:
    """Nothing to do but to say so: certificates take their dates from the workshop's record."""
    await acknowledge_fact(connection, _about_workshop(received), now=received.now)


@consumers.on(WorkshopCancelled)
async def on_workshop_cancelled(connection: Connection, received: Received[WorkshopCancelled]) -> None:
    """Nothing to do but to say so: what was cancelled is never completed."""
    await acknowledge_fact(connection, _about_workshop(received), now=received.now)


@consumers.on(ReminderRequested)
async def on_reminder_requested(connection: Connection, received: Received[ReminderRequested]) -> None:
    """Nothing to do but to say so."""
    await acknowledge_fact(connection, _about_workshop(received), now=received.now)


@consumers.on(WorkshopAnnounced)
async def on_workshop_announced(connection: Connection, received: Received[WorkshopAnnounced]) -> None:
    """Nothing to do but to say so."""
    await acknowledge_fact(connection, _about_workshop(received), now=received.now)


@consumers.on_together(ParticipantRecorded)
async def on_participants_recorded(connection: Connection, received: Sequence[Received[ParticipantRecorded]]) -> None:
    """Keep the names for certificates."""
    await record_participants(connection, [one.event for one in received])


@consumers.on_together(RegistrationConfirmed, RegistrationPromoted, RegistrationWaitlisted, RegistrationWithdrawn)
async def on_states(connection: Connection, received: Sequence[Received[RegistrationEvent]]) -> None:
    """Keep the states; a certificate of somebody who has withdrawn, if there is one, is revoked by the rule."""
    await record_registration_states(connection, [_state(one) for one in received])


@consumers.on_together(AttendanceRecorded)
async def on_attendances_recorded(connection: Connection, received: Sequence[Received[AttendanceRecorded]]) -> None:
    """Keep who was there."""
    await record_attendances(connection, [HeardAttendance(one.event, _sequence(one), _about_registration(one)) for one in received])


@consumers.on(CertificateShared)
async def on_certificate_shared(connection: Connection, received: Received[CertificateShared]) -> None:
    """Open the page."""
    about, token = _about_registration(received), received.event.share_token
    await record_sharing(connection, received.event.registration_id, token, about, sequence=_sequence(received), now=received.now)


@consumers.on(CertificateSharingEnded)
async def on_certificate_sharing_ended(connection: Connection, received: Received[CertificateSharingEnded]) -> None:
    """Close it."""
    about = _about_registration(received)
    await record_sharing(connection, received.event.registration_id, None, about, sequence=_sequence(received), now=received.now)


@consumers.on(RegistrationErased)
async def on_registration_erased(connection: Connection, received: Received[RegistrationErased]) -> None:
    """Erase at once."""
    await forget_participant(connection, received.event.registration_id, _about_registration(received), now=received.now)


_STATES = {
    RegistrationConfirmed: RegistrationState.CONFIRMED,
    RegistrationPromoted: RegistrationState.CONFIRMED,
    RegistrationWaitlisted: RegistrationState.WAITING,
    RegistrationWithdrawn: RegistrationState.WITHDRAWN,
}


def _state(received: Received[RegistrationEvent]) -> HeardState:
    event = received.event
    return HeardState(
        event.registration_id,
        event.workshop_id,
        _STATES[type(event)],
        _sequence(received),
        withdrawn_by=event.by if isinstance(event, RegistrationWithdrawn) else None,
        answer=_about_registration(received) if isinstance(event, RegistrationWithdrawn) else None,
    )


def _about_workshop(received: Received[W]) -> Fact:
    return Fact(received.envelope.id, received.event.type, received.event.workshop_id)


def _about_registration(received: Received[R]) -> Fact:
    return Fact(received.envelope.id, received.event.type, received.event.workshop_id, received.event.registration_id)


def _sequence(received: Received[R]) -> int:
    sequence = received.envelope.sequence
    if sequence is None:
        raise ValueError(f"{received.event.type}: a fact without its sequence number")
    return sequence
