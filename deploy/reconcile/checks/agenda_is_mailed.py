"""What is meant for everybody in a workshop has a message for everybody who had joined by then."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from deploy.reconcile.checks.agenda_is_complete import occurrence_of
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_notifications import MessageKey
from deploy.reconcile.world import World
from shared.contracts.registrations import RegistrationConfirmed, RegistrationEvent, RegistrationPromoted, RegistrationWaitlisted
from shared.contracts.workshop_events import ReminderRequested, WorkshopAnnounced, WorkshopCancelled, WorkshopEvent, WorkshopRescheduled
from shared.contracts.workshops import WorkshopState

PURPOSES: Mapping[type[WorkshopEvent], str] = {
    ReminderRequested: "reminder_now",
    WorkshopAnnounced: "announcement",
    WorkshopCancelled: "cancelled",
    WorkshopRescheduled: "rescheduled",
}
EVER = datetime.max.replace(tzinfo=UTC)
Joined = Mapping[UUID, Mapping[UUID, datetime]]
"""When each registration of a workshop first joined, by workshop and registration."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is meant for all who had joined by then: confirmed people, with `also_to_waiting` those in the line too."""

    workshop_id: UUID
    purpose: str
    occurrence: str
    joined_until: datetime
    also_to_waiting: bool = False


def agenda_is_mailed(world: World) -> Iterator[Disagreement]:
    """Each reminder of the newest record, of earlier timetables too, and each fact that is mailed to all, by the times of the facts.

    Those who wait count as joined for what concerns the date only; those who withdrew, before or after, have a message too, a skipped
    one. Of erased people none is missed. When a message is due, why it is skipped and that there is none too many is not looked at.
    """
    confirmed = _joined(world, RegistrationConfirmed, RegistrationPromoted)
    admitted = _joined(world, RegistrationConfirmed, RegistrationPromoted, RegistrationWaitlisted)
    erased = world.erased
    for entry in entries(world):
        audience = admitted if entry.also_to_waiting else confirmed
        for registration_id, joined_at in sorted(audience.get(entry.workshop_id, {}).items()):
            key = MessageKey(registration_id, entry.purpose, entry.occurrence)
            if joined_at <= entry.joined_until and key not in world.notifications.messages and registration_id not in erased:
                yield Disagreement(
                    check="agenda mails",
                    one_side=f"Kafka asks for {entry.purpose} {entry.occurrence}",
                    other_side="notifications has no message about it for somebody who had joined",
                    ids=(str(key),),
                )


def entries(world: World) -> Iterator[Entry]:
    """What Kafka asks notifications to tell everybody in a workshop."""
    moves: dict[UUID, list[tuple[int, datetime, WorkshopRescheduled]]] = defaultdict(list)
    for event_type, purpose in PURPOSES.items():
        for envelope, event in world.log.events(event_type):
            to_waiting, until = isinstance(event, (WorkshopCancelled, WorkshopRescheduled)), envelope.time
            if isinstance(event, WorkshopCancelled):
                until = EVER  # nobody joins afterwards, whatever a clock says
            elif isinstance(event, WorkshopRescheduled):
                moves[event.workshop_id].append((envelope.sequence or 0, envelope.time, event))
            yield Entry(event.workshop_id, purpose, str(envelope.id), until, to_waiting)
    for workshop_id, record in world.log.workshops.items():
        if record.state is WorkshopState.DRAFT:
            continue
        until_when: dict[str, datetime] = {}
        for _, moved_at, move in sorted(moves[workshop_id], key=lambda one: one[0]):
            until_when |= {occurrence_of(rule, move.previous): moved_at for rule in record.reminders}
        until_when |= {occurrence_of(rule, record.sessions): EVER for rule in record.reminders}
        for occurrence, until in until_when.items():
            yield Entry(workshop_id, "reminder", occurrence, until)


def _joined(world: World, *event_types: type[RegistrationEvent]) -> Joined:
    first: dict[UUID, dict[UUID, datetime]] = defaultdict(dict)
    for event_type in event_types:
        for envelope, event in world.log.events(event_type):
            people = first[event.workshop_id]
            people[event.registration_id] = min(envelope.time, people.get(event.registration_id, EVER))
    return first
