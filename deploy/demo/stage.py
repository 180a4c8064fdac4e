"""What every phase of the story works with, and what the story remembers from one phase to the next."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from deploy.demo.cast import Attendance
from deploy.demo.inbox import Inbox
from deploy.demo.organiser import Organiser
from deploy.demo.people import Applicant
from deploy.demo.show import Show


class StoryClock(Protocol):
    """The test clock: it stops at every due time on the way, and goes on when what was due is done."""

    async def advance_to(self, moment: datetime) -> None:
        """Go to an aware moment that is not in the past."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The running system as the story sees it: its public addresses, its clock, and a way to wait until nothing moves.

    `output` is the folder that the story's files go to.
    """

    front_door: str
    organiser: Organiser
    inbox: Inbox
    clock: StoryClock
    settle: Callable[[], Awaitable[None]]
    show: Show
    output: Path
    chance: Random


@dataclass(kw_only=True)
class Story:
    """What has happened so far. People are named by their addresses; `submit_to_mail_ms` has one figure for each application."""

    announcement: Mapping[str, Any]
    applicants: Mapping[str, Applicant]
    slug: str
    workshop_id: str = ""
    registration_ids: dict[str, str] = field(default_factory=dict)
    submit_to_mail_ms: list[float] = field(default_factory=list)
    attendance: Attendance = field(default_factory=dict)
    certificate_pages: dict[str, str] = field(default_factory=dict)
    status_list: str = ""
    """Where the list is that says which certificates are not valid any more."""
    erased_address: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The workshop's."""
        return ZoneInfo(self.announcement["time_zone"])

    def at(self, wall_clock: str) -> datetime:
        """A wall-clock time of the workshop's zone, such as `2023-09-04T09:00`, as an aware moment."""
        return datetime.fromisoformat(wall_clock).replace(tzinfo=self.zone)

    def reminder_moment(self, rule_id: str) -> datetime:
        """When a reminder is due, worked out from the announcement and from nothing that the system says."""
        rule = next(rule for rule in self.announcement["reminders"] if rule["id"] == rule_id)
        sessions = self.announcement["sessions"]
        anchor = sessions[0]["starts"] if rule["anchor"] == "start" else sessions[-1]["ends"]
        day = date.fromisoformat(anchor[:10]) + timedelta(days=rule["days"])
        return datetime.combine(day, time.fromisoformat(rule["at"]), self.zone)

    async def confirmed(self, stage: Stage) -> list[str]:
        """Addresses of those who are confirmed now, as the organiser sees them."""
        return [row["address"] async for row in stage.organiser.registrations(self.workshop_id, state="confirmed")]
