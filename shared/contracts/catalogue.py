"""Every event type there is, and how a record's value becomes a typed event."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from shared.contracts import certificates, notifications, participants, registrations, workshop_events, workshops
from shared.contracts.envelope import Envelope, Event

EVENTS: tuple[type[Event], ...] = (
    workshops.WorkshopRecorded,
    workshop_events.WorkshopOpened,
    workshop_events.WorkshopRescheduled,
    workshop_events.WorkshopCancelled,
    workshop_events.WorkshopCompleted,
    workshop_events.ReminderRequested,
    workshop_events.WorkshopAnnounced,
    participants.ParticipantRecorded,
    registrations.RegistrationConfirmed,
    registrations.RegistrationWaitlisted,
    registrations.RegistrationPromoted,
    registrations.RegistrationWithdrawn,
    registrations.LinkRequested,
    registrations.AttendanceRecorded,
    registrations.CertificateShared,
    registrations.CertificateSharingEnded,
    registrations.RegistrationErased,
    notifications.NotificationSent,
    notifications.NotificationSkipped,
    notifications.NotificationUncertain,
    notifications.NotificationFailed,
    notifications.NotificationsActed,
    certificates.CertificateIssued,
    certificates.CertificateSuperseded,
    certificates.CertificateRevoked,
    certificates.CertificateApproved,
    certificates.TrainerNamed,
    certificates.CertificateTemplateSaved,
    certificates.CertificatesActed,
)

BY_TYPE: Mapping[str, type[Event]] = {event.type: event for event in EVENTS}

UPCASTERS: Mapping[str, Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]] = {}
"""From an older type's data to (newer type, newer data). Empty while every contract is at its first version."""


class UndecodableError(ValueError):
    """The bytes are not an envelope, or the data does not fit the type it claims."""


class UnknownTypeError(ValueError):
    """A well-formed envelope of a type that this version does not know."""


def decode(value: bytes) -> tuple[Envelope, Event]:
    """Read one record's value.

    Raises UndecodableError or UnknownTypeError; their texts name the field but never repeat its value, which may be personal.
    """
    try:
        envelope = Envelope.model_validate_json(value)
    except ValidationError as error:
        raise UndecodableError(_describe(error)) from None
    event_type, data = envelope.type, envelope.data
    while event_type in UPCASTERS:
        event_type, data = UPCASTERS[event_type](data)
    model = BY_TYPE.get(event_type)
    if model is None:
        raise UnknownTypeError(event_type)
    try:
        event = model.model_validate(data)
    except ValidationError as error:
        raise UndecodableError(f"{event_type}: {_describe(error)}") from None
    if event.key != envelope.subject:
        message = f"{event_type}: subject is not the key of its data"
        raise UndecodableError(message)
    return envelope, event


def _describe(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, detail['loc'])) or 'value'}: {detail['msg']}"
        for detail in error.errors(include_input=False, include_url=False)
    )
