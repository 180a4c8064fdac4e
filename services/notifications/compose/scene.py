"""What all letters about a workshop can say, in the reader's language."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from services.notifications.compose.letter import Action, Detail, SessionLine
from services.notifications.domain.outgoing import Outgoing
from shared.contracts.workshop_events import SessionTimes
from shared.contracts.workshops import LocalizedText, Session
from shared.web.languages import choose_text, country_name
from shared.web.times import describe_zones, format_day, format_days, format_hours, format_time, in_zone


@dataclass(frozen=True, slots=True)
class Scene:
    """One message and the words of its language. `now` is business time; `translate` looks a phrase up in the catalogue."""

    message: Outgoing
    language: str
    translate: Callable[[str], str]
    public_url: str
    now: datetime

    def say(self, phrase: str, **values: str | int) -> str:
        """A phrase in the reader's language, with values put in."""
        return self.translate(phrase).format(**values)

    def text(self, text: LocalizedText) -> str:
        """The organiser's words in the reader's language, or in the nearest there is."""
        return choose_text(text, self.language)[0]

    @property
    def title(self) -> str:
        """The workshop's title."""
        return self.text(self.message.workshop.title)

    @property
    def city(self) -> str:
        """Where it is."""
        return self.message.workshop.venue.city

    @property
    def days(self) -> str:
        """When it is, such as 24 to 26 October 2023."""
        return self.days_of(self.message.workshop.sessions)

    def days_of(self, sessions: Sequence[Session] | Sequence[SessionTimes]) -> str:
        """The days of a timetable."""
        first = min(session.starts for session in sessions)
        last = max(session.ends for session in sessions)
        return format_days(first.date(), last.date(), self.language)

    def link(self, path: str) -> str:
        """An address of ours in full."""
        return urljoin(self.public_url + "/", path)

    def personal_page(self) -> Action:
        """The way to the reader's own page."""
        return Action(self.say("Open your page"), self.link(self.message.recipient.personal_page))

    def details(self, *extra: Detail) -> tuple[Detail, ...]:
        """Name, when, where and on which clock. What is given first comes first."""
        workshop, recipient = self.message.workshop, self.message.recipient
        country = country_name(workshop.venue.country, self.language, workshop.country_labels)
        moments = [moment for session in workshop.sessions for moment in (session.starts, session.ends)]
        return (
            *extra,
            Detail(self.say("Name"), f"{recipient.given_name} {recipient.family_name}"),
            Detail(self.say("When"), self.days),
            Detail(self.say("Where"), f"{self.city}, {country}" if country else self.city),
            Detail(self.say("Times"), describe_zones(moments, workshop.time_zone, self.city, self.language)),
            *self._participants_from(),
            *([Detail(self.say("Questions"), workshop.contact)] if workshop.contact else []),
        )

    def _participants_from(self) -> Iterable[Detail]:
        workshop = self.message.workshop
        names = [country_name(code, self.language, workshop.country_labels) for code in workshop.countries]
        if names:
            yield Detail(self.say("For participants from"), ", ".join(names))

    def footnotes(self) -> tuple[str, ...]:
        """The workshop's own notes, which marks in its labels refer to."""
        return tuple(f"{note.mark} {self.text(note.text)}" for note in self.message.workshop.footnotes)

    def sessions(self) -> tuple[SessionLine, ...]:
        """The timetable in the order of time."""
        return tuple(self._session(session) for session in sorted(self.message.workshop.sessions, key=lambda session: session.starts))

    def _session(self, session: Session) -> SessionLine:
        zone, own_zone = self.message.workshop.time_zone, self.message.recipient.time_zone
        starts, ends = in_zone(session.starts, zone), in_zone(session.ends, zone)
        hours = format_hours(starts, ends, self.language)
        if starts.date() != ends.date():
            hours = f"{format_time(starts, self.language)} \u2013 {format_day(ends, self.language)}, {format_time(ends, self.language)}"
        elsewhere = ""
        own_start, own_end = (moment.astimezone(ZoneInfo(own_zone)) for moment in (starts, ends))
        if own_start.utcoffset() != starts.utcoffset():
            place = own_zone.rpartition("/")[2].replace("_", " ")
            own_hours = format_hours(own_start, own_end, self.language)
            if own_start.date() != starts.date():
                own_hours = f"{format_day(own_start, self.language)}, {own_hours}"
            elsewhere = self.say("{hours} on your clock ({place})", hours=own_hours, place=place)
        return SessionLine(format_day(starts, self.language), hours, self.text(session.title), elsewhere)
