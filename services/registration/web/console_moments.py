"""What comes next in a workshop: the line under its title in the console."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.registration.domain.workshop import Workshop
from services.registration.domain.workshop_parts import resolve
from shared.contracts.workshops import LocalizedText, WorkshopState


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that will happen at `at` (UTC). A session has a title, a reminder its rule's id and audience."""

    at: datetime
    kind: Literal["session", "reminder"]
    title: LocalizedText
    rule: str = ""
    audience: str = ""


def next_moment(workshop: Workshop, now: datetime) -> Moment | None:
    """The first thing after `now`, or None where nothing is planned any more."""
    ahead = [moment for moment in _moments(workshop) if moment.at > now]
    return min(ahead, key=lambda moment: moment.at, default=None)


def _moments(workshop: Workshop) -> Iterator[Moment]:
    definition = workshop.definition
    if workshop.state is WorkshopState.OPEN:
        for session in definition.sessions:
            yield Moment(resolve(session.starts, definition.time_zone), "session", dict(session.title))
    if workshop.state in {WorkshopState.OPEN, WorkshopState.COMPLETED}:
        # A completed workshop has nothing left to begin: what counts from its beginning is not sent any more
        rules = [rule for rule in definition.reminders if workshop.state is WorkshopState.OPEN or rule.anchor == "end"]
        first = min(session.starts for session in definition.sessions)
        last = max(session.ends for session in definition.sessions)
        for rule in rules:
            day = (first if rule.anchor == "start" else last).date() + timedelta(days=rule.days)
            at = resolve(datetime.combine(day, rule.at), definition.time_zone)
            yield Moment(at, "reminder", {}, rule.id, rule.audience)
