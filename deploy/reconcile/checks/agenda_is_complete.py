"""Notifications intends to send what workshops ask for: their reminders, and what their organisers say to all."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.workshop_events import (
    ReminderRequested,
    SessionTimes,
    WorkshopAnnounced,
    WorkshopCancelled,
    WorkshopEvent,
    WorkshopRescheduled,
)
from shared.contracts.workshops import ReminderRule, Session, WorkshopState

MAILED: tuple[type[WorkshopEvent], ...] = (ReminderRequested, WorkshopAnnounced, WorkshopCancelled, WorkshopRescheduled)
Timetable = Sequence[Session] | Sequence[SessionTimes]


def agenda_is_complete(world: World) -> Iterator[Disagreement]:
    """By workshop and occurrence: each fact that is mailed, and each rule with the date it counts from, on earlier timetables too."""
    asked = _asked_for(world)
    held = world.notifications.agenda
    for workshop_id, occurrence in sorted(asked ^ held):
        sides = ("asks for", "not") if (workshop_id, occurrence) in asked else ("does not ask for", "")
        yield Disagreement(
            check="agenda",
            one_side=f"Kafka {sides[0]} {occurrence}",
            other_side=f"notifications has it {sides[1]} on its agenda".replace("  ", " "),
            ids=(str(workshop_id),),
        )


def _asked_for(world: World) -> set[tuple[UUID, str]]:
    timetables: dict[UUID, list[Timetable]] = defaultdict(list)
    asked: set[tuple[UUID, str]] = set()
    for event_type in MAILED:
        for envelope, event in world.log.events(event_type):
            asked.add((event.workshop_id, str(envelope.id)))
            if isinstance(event, WorkshopRescheduled):
                timetables[event.workshop_id].append(event.previous)
    for workshop_id, record in world.log.workshops.items():
        if record.state is not WorkshopState.DRAFT:
            for timetable in (record.sessions, *timetables[workshop_id]):
                asked |= {(workshop_id, occurrence_of(rule, timetable)) for rule in record.reminders}
    return asked


def occurrence_of(rule: ReminderRule, timetable: Timetable) -> str:
    """The rule and the local date that it counts from."""
    first, last = min(session.starts for session in timetable), max(session.ends for session in timetable)
    return f"{rule.id}:{(first if rule.anchor == 'start' else last).date().isoformat()}"
