"""The agenda of a workshop: everything that is to be sent to all of its participants, as a pure function of what is known.

It depends on the workshop's newest record and its facts alone, never on the order in which they arrived: whoever reads the topics
again, or in another order, finds the same agenda.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain.message import Audience, Purpose, Rank, SkipReason
from services.notifications.domain.reminder_plan import PlannedReminder, ends_with_completion, plan_reminders
from shared.contracts.workshop_events import (
    ReminderRequested,
    WorkshopAnnounced,
    WorkshopCancelled,
    WorkshopCompleted,
    WorkshopEvent,
    WorkshopRescheduled,
)
from shared.contracts.workshops import WorkshopRecorded, WorkshopState


@dataclass(frozen=True, slots=True)
class WorkshopFact:
    """A fact of a workshop. `occurred_at` is business time."""

    fact_id: UUID
    sequence: int
    occurred_at: datetime
    event: WorkshopEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """Becomes one message for each registration of its audience.

    `joined_until` narrows the audience to those who had joined by then. `skip_*` say that the message is not to be sent, because of
    which fact and since when; a registration withdrawn earlier is skipped for that instead.
    """

    purpose: Purpose
    occurrence: str
    rank: Rank
    sequence: int
    due_at: datetime
    audience: Audience
    rule_id: str | None = None
    expires_at: datetime | None = None
    joined_until: datetime | None = None
    skip_reason: SkipReason | None = None
    skip_by: UUID | None = None
    skip_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """The items, what they are named by (equal digests mean equal agendas), and the fact that cancelled the workshop, if one did."""

    items: tuple[AgendaItem, ...]
    digest: str
    cancelled_by: UUID | None


def build_agenda(record: WorkshopRecorded, facts: Sequence[WorkshopFact]) -> Agenda:
    """Everything to be sent for a workshop. `record` must be at least as new as the newest of the facts."""
    facts = sorted(facts, key=lambda fact: fact.sequence)
    cancelled = next((fact for fact in facts if isinstance(fact.event, WorkshopCancelled)), None)
    completed = next((fact for fact in facts if isinstance(fact.event, WorkshopCompleted)), None)
    items: list[AgendaItem] = []
    if record.state is not WorkshopState.DRAFT:
        current = {reminder.occurrence: reminder for reminder in plan_reminders(record.reminders, record.sessions, record.time_zone)}
        items += [_reminder(reminder, cancelled, completed) for reminder in current.values()]
        items += _replaced_reminders(record, facts, set(current))
    items += _mailed_facts(record, facts, cancelled)
    return Agenda(tuple(items), _digest(items), cancelled.fact_id if cancelled else None)


def _reminder(reminder: PlannedReminder, cancelled: WorkshopFact | None, completed: WorkshopFact | None) -> AgendaItem:
    ended = [(fact.occurred_at, SkipReason.CANCELLED, fact.fact_id) for fact in [cancelled] if fact]
    if completed and ends_with_completion(reminder.rule):
        ended.append((completed.occurred_at, SkipReason.COMPLETED, completed.fact_id))
    at, reason, by = min(ended, default=(None, None, None))
    if at is not None and at >= reminder.expires_at:
        at, reason, by = None, None, None  # it was past before; that is the truer reason
    return _reminder_item(reminder, skip_at=at, skip_reason=reason, skip_by=by)


def _replaced_reminders(record: WorkshopRecorded, facts: Sequence[WorkshopFact], current: set[str]) -> list[AgendaItem]:
    """What had been planned for earlier timetables, and by which fact it was overtaken: the last that moved away from that date."""
    replaced: dict[str, AgendaItem] = {}
    for fact in facts:
        if not isinstance(fact.event, WorkshopRescheduled):
            continue
        for reminder in plan_reminders(record.reminders, fact.event.previous, fact.event.time_zone):
            if reminder.occurrence in current:
                continue
            overtaken = fact.occurred_at < reminder.expires_at
            replaced[reminder.occurrence] = _reminder_item(
                reminder,
                joined_until=fact.occurred_at,
                skip_reason=SkipReason.SUPERSEDED if overtaken else None,
                skip_by=fact.fact_id if overtaken else None,
                skip_at=fact.occurred_at if overtaken else None,
            )
    return list(replaced.values())


def _reminder_item(reminder: PlannedReminder, **rest: Any) -> AgendaItem:
    return AgendaItem(
        purpose=Purpose.REMINDER,
        occurrence=reminder.occurrence,
        rank=Rank.REMINDER,
        sequence=0,
        due_at=reminder.due_at,
        expires_at=reminder.expires_at,
        audience=Audience(reminder.rule.audience),
        rule_id=reminder.rule.id,
        **rest,
    )


def _mailed_facts(record: WorkshopRecorded, facts: Sequence[WorkshopFact], cancelled: WorkshopFact | None) -> list[AgendaItem]:
    moves = [fact for fact in facts if isinstance(fact.event, WorkshopRescheduled)]
    ends = max(session.ends for session in record.sessions).replace(tzinfo=ZoneInfo(record.time_zone)).astimezone(UTC)
    items = []
    for fact in facts:
        overtaken_by = cancelled if cancelled and cancelled.sequence > fact.sequence else None
        reason = SkipReason.CANCELLED if overtaken_by else None
        expires_at = None
        match fact.event:
            case WorkshopRescheduled():
                purpose, audience = Purpose.RESCHEDULED, Audience.REGISTERED
                if overtaken_by is None and fact is not moves[-1]:
                    overtaken_by, reason = moves[-1], SkipReason.SUPERSEDED
            case WorkshopCancelled():
                purpose, audience = Purpose.CANCELLED, Audience.REGISTERED
            case ReminderRequested():
                purpose, audience, expires_at = Purpose.REMINDER_NOW, Audience.CONFIRMED, ends
            case WorkshopAnnounced():
                # The organiser's own words stay true when the workshop is cancelled after them.
                purpose, audience, overtaken_by, reason = Purpose.ANNOUNCEMENT, Audience.CONFIRMED, None, None
            case _:
                continue
        items.append(
            AgendaItem(
                purpose=purpose,
                occurrence=str(fact.fact_id),
                rank=Rank.WORKSHOP,
                sequence=fact.sequence,
                due_at=fact.occurred_at,
                expires_at=expires_at,
                audience=audience,
                # Nobody can join a cancelled workshop, so its last moment needs no limit that a clock could get wrong.
                joined_until=None if purpose is Purpose.CANCELLED else fact.occurred_at,
                skip_reason=reason,
                skip_by=overtaken_by.fact_id if overtaken_by else None,
                skip_at=overtaken_by.occurred_at if overtaken_by else None,
            )
        )
    return items


def _digest(items: Sequence[AgendaItem]) -> str:
    return sha256("\n".join(sorted(map(repr, items))).encode()).hexdigest()[:32]
