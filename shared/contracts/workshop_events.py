"""Topic `workshop-events` (facts): everything that an organiser triggers for a whole workshop, keyed by workshop."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event
from shared.contracts.topics import WORKSHOP_EVENTS, Topic
from shared.contracts.workshops import LocalizedText, Part


class WorkshopEvent(Event):
    """What all facts of this topic share; `version` is the version of the workshop's record that the fact led to."""

    topic: ClassVar[Topic] = WORKSHOP_EVENTS

    workshop_id: UUID
    version: int = Field(ge=1)

    @property
    def key(self) -> UUID:
        """Keyed by workshop."""
        return self.workshop_id


class SessionTimes(Part):
    """A session's wall-clock times in the workshop's zone."""

    code: str
    starts: datetime
    ends: datetime


class WorkshopOpened(WorkshopEvent):
    """`workshop.opened.v1`: the public form takes registrations."""

    type: ClassVar[str] = "workshop.opened.v1"


class WorkshopRescheduled(WorkshopEvent):
    """`workshop.rescheduled.v1`: carries both timetables, since a consumer may never see the earlier record."""

    type: ClassVar[str] = "workshop.rescheduled.v1"

    time_zone: str
    previous: tuple[SessionTimes, ...]
    current: tuple[SessionTimes, ...]


class WorkshopCancelled(WorkshopEvent):
    """`workshop.cancelled.v1`; `reason` is the organiser's words to the participants, by language, and may be empty."""

    type: ClassVar[str] = "workshop.cancelled.v1"

    reason: LocalizedText = Field(default_factory=dict)


class WorkshopCompleted(WorkshopEvent):
    """`workshop.completed.v1`: those who met the rule get a certificate."""

    type: ClassVar[str] = "workshop.completed.v1"


class ReminderRequested(WorkshopEvent):
    """`workshop.reminder_requested.v1`: remind all confirmed participants now, once per request."""

    type: ClassVar[str] = "workshop.reminder_requested.v1"


class WorkshopAnnounced(WorkshopEvent):
    """`workshop.announced.v1`: the organiser's words to all confirmed participants, by language."""

    type: ClassVar[str] = "workshop.announced.v1"

    subject: LocalizedText
    body: LocalizedText
