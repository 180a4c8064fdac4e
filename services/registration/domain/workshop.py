"""A workshop as an organiser describes it, and as it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from services.registration.domain.places import Places
from services.registration.domain.workshop_parts import (
    Code,
    CountryCode,
    DescribedCertificate,
    DescribedFootnote,
    DescribedMaterial,
    DescribedReminder,
    DescribedSession,
    DescribedVenue,
    Label,
    Language,
    Line,
    OptionalAddress,
    Privacy,
    Slug,
    Text,
    TimeZoneName,
    refuse_duplicates,
    resolve,
)
from shared.contracts.workshops import (
    CertificateRule,
    Footnote,
    ReminderRule,
    Session,
    Venue,
    WorkshopRecorded,
    WorkshopState,
)

MAXIMUM_CAPACITY = 10_000_000


class WorkshopDefinition(BaseModel):
    """Everything an organiser decides about a workshop. Unknown fields are refused, except notes: names that begin with `_`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug = Field(description="The workshop's name in addresses")
    title: Label
    summary: Text
    organisers: tuple[Line, ...] = Field(min_length=1, max_length=50)
    programmes: tuple[Line, ...] = Field(default=(), max_length=50)
    venue: DescribedVenue
    time_zone: TimeZoneName
    sessions: tuple[DescribedSession, ...] = Field(min_length=1, max_length=200)
    capacity: int = Field(ge=0, le=MAXIMUM_CAPACITY, strict=True)
    waitlist: bool = Field(default=True, strict=True)
    countries: tuple[CountryCode, ...] = Field(default=(), max_length=300, description="Countries the form offers; empty for all")
    country_labels: dict[CountryCode, Label] = Field(default_factory=dict, description="Names used instead of the usual ones")
    languages: tuple[Language, ...] = Field(min_length=1, description="Of the form, the mails and the certificate")
    reminders: tuple[DescribedReminder, ...] = Field(default=(), max_length=50)
    certificate: DescribedCertificate | None = None
    footnotes: tuple[DescribedFootnote, ...] = Field(default=(), max_length=50)
    materials: tuple[DescribedMaterial, ...] = Field(default=(), max_length=200)
    contact: OptionalAddress = Field(default="", description="Address that participants may write to")
    privacy: Privacy

    @model_validator(mode="before")
    @classmethod
    def _drop_notes(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: part for key, part in value.items() if not (isinstance(key, str) and key.startswith("_"))}
        return value

    @field_validator("sessions")
    @classmethod
    def _sessions_have_own_codes(cls, sessions: tuple[DescribedSession, ...]) -> tuple[DescribedSession, ...]:
        refuse_duplicates("session code", [session.code for session in sessions])
        return sessions

    @field_validator("reminders")
    @classmethod
    def _reminders_have_own_ids(cls, reminders: tuple[DescribedReminder, ...]) -> tuple[DescribedReminder, ...]:
        refuse_duplicates("reminder id", [rule.id for rule in reminders])
        return reminders

    @field_validator("languages", "countries")
    @classmethod
    def _listed_once(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        refuse_duplicates("code", list(codes))
        return codes

    @property
    def starts_at(self) -> datetime:
        """The first session's start in UTC."""
        return min(resolve(session.starts, self.time_zone) for session in self.sessions)

    @property
    def ends_at(self) -> datetime:
        """The last session's end in UTC."""
        return max(resolve(session.ends, self.time_zone) for session in self.sessions)

    @property
    def last_session_begins_at(self) -> datetime:
        """The start in UTC of the session that begins last."""
        return max(resolve(session.starts, self.time_zone) for session in self.sessions)

    @property
    def session_codes(self) -> tuple[Code, ...]:
        """In the order of the timetable as written."""
        return tuple(session.code for session in self.sessions)

    def rescheduled(self, sessions: tuple[DescribedSession, ...], time_zone: str) -> Self:
        """The same workshop with another timetable."""
        return self.model_copy(update={"sessions": sessions, "time_zone": time_zone})


@dataclass(frozen=True, slots=True)
class Workshop:
    """A workshop as it stands. `version` counts its records from 1; all moments are in UTC."""

    id: UUID
    state: WorkshopState
    version: int
    definition: WorkshopDefinition
    confirmed: int
    waiting: int
    last_number: int
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def places(self) -> Places:
        """For the decisions about places."""
        return Places(
            capacity=self.definition.capacity,
            confirmed=self.confirmed,
            waiting=self.waiting,
            last_number=self.last_number,
            waiting_list=self.definition.waitlist,
            state=self.state,
            ends_at=self.ends_at,
        )

    def label_country(self, code: str, language: str, usual_name: Callable[[str, str], str]) -> str:
        """The country's name as this workshop writes it, else as `usual_name(code, language)` does."""
        label = self.definition.country_labels.get(code, {})
        return label.get(language) or usual_name(code, language)

    def local(self, moment: datetime) -> datetime:
        """An aware moment in the workshop's zone."""
        return moment.astimezone(ZoneInfo(self.definition.time_zone))


def record(workshop: Workshop) -> WorkshopRecorded:
    """The workshop's record as other services read it. Form answers and the privacy notice are registration's own."""
    definition = workshop.definition
    return WorkshopRecorded(
        workshop_id=workshop.id,
        version=workshop.version,
        slug=definition.slug,
        state=workshop.state,
        title=definition.title,
        summary=definition.summary,
        organisers=definition.organisers,
        programmes=definition.programmes,
        venue=Venue(city=definition.venue.city, country=definition.venue.country),
        time_zone=definition.time_zone,
        sessions=tuple(Session(code=s.code, title=s.title, starts=s.starts, ends=s.ends) for s in definition.sessions),
        capacity=definition.capacity,
        waiting_list=definition.waitlist,
        languages=definition.languages,
        countries=definition.countries,
        country_labels=dict(definition.country_labels),
        footnotes=tuple(Footnote(mark=note.mark, text=note.text) for note in definition.footnotes),
        reminders=tuple(
            ReminderRule(
                id=rule.id, anchor=rule.anchor, days=rule.days, at=rule.at, audience=rule.audience, grace_minutes=rule.grace_minutes
            )
            for rule in definition.reminders
        ),
        certificate=CertificateRule.model_validate(definition.certificate.model_dump()) if definition.certificate else None,
        contact=definition.contact,
    )
