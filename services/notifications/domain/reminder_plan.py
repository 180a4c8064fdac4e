"""Reminder rules resolved to moments: wall-clock promises in the workshop's own zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.contracts.workshop_events import SessionTimes
from shared.contracts.workshops import ReminderRule, Session

SHORTEST_GRACE = timedelta(minutes=1)
"""A worker cannot be exact to the second: a rule without any grace would never be kept."""


@dataclass(frozen=True, slots=True)
class PlannedReminder:
    """One reminder of one rule. `due_at` and `expires_at` are UTC; from `expires_at` on it is past and no longer sent."""

    rule: ReminderRule
    occurrence: str
    due_at: datetime
    expires_at: datetime


def plan_reminders(
    rules: Sequence[ReminderRule], sessions: Sequence[Session] | Sequence[SessionTimes], time_zone: str
) -> tuple[PlannedReminder, ...]:
    """Resolve each rule for one timetable, in the order in which they are due.

    The occurrence names the rule and the local date of its anchor, so that moving a workshop there and back finds the same
    occurrence again, and another date is another occurrence.
    """
    zone = ZoneInfo(time_zone)
    planned = []
    for rule in rules:
        anchor = anchor_date(rule, sessions)
        due = resolve(anchor + timedelta(days=rule.days), rule.at, zone)
        grace = max(timedelta(minutes=rule.grace_minutes), SHORTEST_GRACE)
        planned.append(PlannedReminder(rule, occurrence_of(rule, anchor), due, due + grace))
    return tuple(sorted(planned, key=lambda reminder: (reminder.due_at, reminder.occurrence)))


def ends_with_completion(rule: ReminderRule) -> bool:
    """Whether completing the workshop ends the rule: what counts from the beginning has nothing left to remind of."""
    return rule.anchor == "start"


def anchor_date(rule: ReminderRule, sessions: Sequence[Session] | Sequence[SessionTimes]) -> date:
    """The local date that a rule counts from: of the first session's start or of the last session's end."""
    if rule.anchor == "start":
        return min(session.starts for session in sessions).date()
    return max(session.ends for session in sessions).date()


def occurrence_of(rule: ReminderRule, anchor: date) -> str:
    """The third part of a reminder's business key."""
    return f"{rule.id}:{anchor.isoformat()}"


def resolve(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks in the zone show that time on that day.

    Where clocks are set back and show it twice, it is the first; where they are set forward and never show it, it is as long after
    the change as the time is after the hour that is left out (02:30 becomes 03:30).
    """
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(UTC)
