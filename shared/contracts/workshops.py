"""Topic `workshops` (state): the whole current record of a workshop, keyed by workshop."""

from datetime import datetime, time
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.envelope import Event
from shared.contracts.topics import WORKSHOPS, Topic

LocalizedText = dict[str, str]
"""Text by language code, such as `{"en": "...", "fr": "..."}`."""


class Part(BaseModel):
    """A part of a record: frozen, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WorkshopState(StrEnum):
    """DRAFT is not public; OPEN takes registrations; COMPLETED and CANCELLED are final."""

    DRAFT = "draft"
    OPEN = "open"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Venue(Part):
    """Where it takes place; `country` is an ISO 3166-1 alpha-2 code or a user-assigned one such as XK."""

    city: str
    country: str


class Session(Part):
    """One session. `starts` and `ends` are wall-clock times without offset in the workshop's zone."""

    code: str
    title: LocalizedText
    starts: datetime
    ends: datetime


class ReminderRule(Part):
    """When to remind: `days` from the anchor's local date (negative: before), at the local time `at` in the workshop's zone."""

    id: str
    anchor: Literal["start", "end"]
    days: int
    at: time
    audience: Literal["confirmed", "attended"] = "confirmed"
    grace_minutes: int = Field(default=360, ge=0, description="Overdue by less than this it is still sent, beyond it skipped")


class Footnote(Part):
    """A note that its mark in a label refers to, by language."""

    mark: str
    text: LocalizedText


class CertificateRule(Part):
    """Who has earned a certificate: attendance at this many sessions."""

    minimum_sessions: int = Field(ge=1)


class WorkshopRecorded(Event):
    """`workshop.recorded.v1`: the current record; an older `version` never overwrites a newer one."""

    type: ClassVar[str] = "workshop.recorded.v1"
    topic: ClassVar[Topic] = WORKSHOPS

    workshop_id: UUID
    version: int = Field(ge=1)
    slug: str
    state: WorkshopState
    title: LocalizedText
    summary: LocalizedText
    organisers: tuple[str, ...]
    programmes: tuple[str, ...] = ()
    venue: Venue
    time_zone: str = Field(description="IANA name, such as Europe/Paris")
    sessions: tuple[Session, ...] = Field(min_length=1)
    capacity: int = Field(ge=0)
    waiting_list: bool
    languages: tuple[str, ...] = Field(min_length=1)
    countries: tuple[str, ...] = ()
    country_labels: dict[str, LocalizedText] = Field(default_factory=dict)
    footnotes: tuple[Footnote, ...] = ()
    reminders: tuple[ReminderRule, ...] = ()
    certificate: CertificateRule | None = None
    contact: str = Field(default="", description="Address that participants may write to")

    @property
    def key(self) -> UUID:
        """Keyed by workshop."""
        return self.workshop_id
