"""The timetable as a calendar file (RFC 5545), made once for each version of a workshop's record."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from services.notifications.compose.letter import CalendarFile
from shared.contracts.workshop_events import SessionTimes
from shared.contracts.workshops import Session, WorkshopRecorded
from shared.web.languages import choose_text, country_name
from shared.web.times import in_zone

_YEAR = timedelta(days=366)


def session_uid(workshop_id: UUID, session_code: str, domain: str) -> str:
    """The same for a session whatever its times, so that a calendar moves its entry and adds none."""
    return f"{workshop_id}.{session_code}@{domain}"


@lru_cache(maxsize=512)
def make_calendar(
    record: "Versioned", method: CalendarFile, *, language: str, domain: str, organiser_address: str, dropped: tuple[SessionTimes, ...] = ()
) -> bytes:
    """One entry for each session, with the zone's rules inside, so that the hours stay those of the workshop on any device.

    Args:
        record: the workshop and when its record got this version: the entries' DTSTAMP.
        method: whether the entries are published or cancelled.
        language: of title and place.
        domain: the right side of the entries' ids.
        organiser_address: whom calendars show as the organiser.
        dropped: sessions of an earlier timetable that are no more; their entries are taken away.
    """
    workshop = record.workshop
    calendar = Calendar()
    calendar.add("prodid", "-//Atelier//Workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if method is CalendarFile.CANCEL else "PUBLISH")
    organiser = vCalAddress(f"mailto:{organiser_address}")
    organiser.params["cn"] = vText(", ".join(workshop.organisers).replace('"', "'"))
    country = country_name(workshop.venue.country, language, workshop.country_labels)
    moments = []
    for session, cancelled in _entries(workshop.sessions, dropped, all_cancelled=method is CalendarFile.CANCEL):
        starts, ends = in_zone(session.starts, workshop.time_zone), in_zone(session.ends, workshop.time_zone)
        moments += [starts, ends]
        event = Event()
        event.add("uid", session_uid(workshop.workshop_id, session.code, domain))
        event.add("dtstamp", record.recorded_at.astimezone(UTC).replace(microsecond=0))
        event.add("sequence", workshop.version)
        event.add("dtstart", starts)
        event.add("dtend", ends)
        event.add("summary", _summary(workshop, session, language))
        event.add("location", f"{workshop.venue.city}, {country}")
        event.add("description", choose_text(workshop.summary, language)[0])
        event.add("organizer", organiser)
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
        calendar.add_component(event)
    calendar.add_missing_timezones(first_date=min(moments).date() - _YEAR, last_date=max(moments).date() + _YEAR)
    return bytes(calendar.to_ical())


class Versioned:
    """A workshop's record, equal to another of the same workshop, version and moment: what calendars are remembered by."""

    __slots__ = ("_key", "recorded_at", "workshop")

    def __init__(self, workshop: WorkshopRecorded, recorded_at: datetime) -> None:
        self.workshop = workshop
        self.recorded_at = recorded_at
        self._key = (workshop.workshop_id, workshop.version, recorded_at)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Versioned) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _entries(
    sessions: Sequence[Session], dropped: Sequence[SessionTimes], *, all_cancelled: bool
) -> list[tuple[Session | SessionTimes, bool]]:
    codes = {session.code for session in sessions}
    gone = [(session, True) for session in dropped if session.code not in codes]
    return [*((session, all_cancelled) for session in sessions), *gone]


def _summary(workshop: WorkshopRecorded, session: Session | SessionTimes, language: str) -> str:
    title = choose_text(workshop.title, language)[0]
    return f"{title} \u2013 {choose_text(session.title, language)[0]}" if isinstance(session, Session) else title
