"""Topic `workshops` (state): the whole current record of a workshop, keyed by workshop."""

from collections.abc import Collection, Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

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
    """Who has earned a certificate: whoever was present at all that it asks for."""

    minimum_sessions: int = Field(ge=1)
    minimum_percent_of_sessions: int | None = Field(default=None, ge=1, le=100)
    minimum_percent_of_time: int | None = Field(default=None, ge=1, le=100, description="Of the minutes of all sessions together")
    required_sessions: tuple[str, ...] = Field(default=(), description="Codes of sessions that nobody may miss")
    needs_approval: bool = Field(default=False, description="Whether an organiser has to approve each certificate as well")

    def asks_for(self, minutes: Mapping[str, int]) -> "Asked":
        """What that comes to at a workshop with these sessions, given with their lengths in minutes by code."""
        share, time = self.minimum_percent_of_sessions or 0, self.minimum_percent_of_time or 0
        return Asked(
            sessions=max(self.minimum_sessions, -(-share * len(minutes) // 100)),
            minutes=-(-time * sum(minutes.values()) // 100),
            required=frozenset(self.required_sessions),
        )


class Asked(NamedTuple):
    """So many sessions, so many minutes in all, and these sessions among them."""

    sessions: int
    minutes: int
    required: frozenset[str]

    def met_by(self, attended: Collection[str], minutes: Mapping[str, int]) -> bool:
        """Whether presence at these sessions is enough. Codes that the workshop does not hold (any more) do not count."""
        present = minutes.keys() & set(attended)
        return len(present) >= self.sessions and sum(minutes[code] for code in present) >= self.minutes and self.required <= present


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

    @property
    def session_minutes(self) -> dict[str, int]:
        """The length of each session by code, in minutes that really pass, also where the clocks of the zone change meanwhile."""
        zone = ZoneInfo(self.time_zone)
        return {
            session.code: int(session.ends.replace(tzinfo=zone).timestamp() - session.starts.replace(tzinfo=zone).timestamp()) // 60
            for session in self.sessions
        }

    def earned_by(self, attended: Collection[str]) -> bool | None:
        """Whether presence at these sessions earns a certificate; None where the workshop gives none."""
        minutes = self.session_minutes
        return None if self.certificate is None else self.certificate.asks_for(minutes).met_by(attended, minutes)
