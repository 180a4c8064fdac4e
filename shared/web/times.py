"""Dates and times as people read them: in their language, in the workshop's own zone, and never without that zone."""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time

LOCALES = {"en": "en_GB", "fr": "fr"}
"""CLDR's locale for each language. British English, as day before month is what Europe's institutions write."""

_TIME = {"en": "H:mm", "fr": "H\u00a0'h'\u00a0mm"}
_RANGE = {"en": "\u2013", "fr": "\u00a0\u2013\u00a0"}
_VOWELS = frozenset("AEIOUYÀÂÉÈÊËÎÏÔÖÛÜ")


def locale_of(language: str) -> str:
    """CLDR's locale for a page language; one that has none of its own is its own locale."""
    return LOCALES.get(language, language)


def format_day(day: date, language: str) -> str:
    """One day with its weekday: `Tue 24 October 2023`."""
    return _write_day(day, "EEE d MMMM y", language)


def format_days(first: date, last: date, language: str) -> str:
    """A range of days that says each part once: 24 to 26 October 2023, with a dash for the "to"."""
    whole = _write_day(last, "d MMMM y", language)
    if first == last:
        return whole
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\u2013{whole}"
    beginning = _write_day(first, "d MMMM" if first.year == last.year else "d MMMM y", language)
    return f"{beginning} \u2013 {whole}"


def format_time(value: time | datetime, language: str) -> str:
    """The hour on a 24 hour clock: `9:30`, in French `9 h 30`. A datetime must already be in the zone it is to be read in."""
    clock = value.timetz() if isinstance(value, datetime) else value
    return _write_time(clock.replace(tzinfo=None), language)


def describe_zone(moment: datetime, place: str, language: str) -> str:
    """What clock a time is read on: `Strasbourg time, CEST, UTC+2`.

    `moment` carries its zone; without a place the name of the clock is left out.
    """
    parts = []
    if place:
        parts.append(_clock_of(place, language))
    abbreviation = moment.tzname() or ""
    if abbreviation.isalpha() and abbreviation != "UTC":
        parts.append(abbreviation)
    parts.append(_offset(moment))
    return ", ".join(parts)


def format_moment(moment: datetime, zone: str, place: str, language: str) -> str:
    """An instant on the clocks of a place: `Tue 24 October 2023, 9:30 (Strasbourg time, CEST, UTC+2)`.

    `moment` carries any zone; `zone` is the IANA name of the one it is read in.
    """
    local = moment.astimezone(ZoneInfo(zone))
    return f"{format_day(local, language)}, {format_time(local, language)} ({describe_zone(local, place, language)})"


def format_stamp(moment: datetime, zone: str, language: str) -> str:
    """An instant in a table: `17 Oct 2023, 9:00 CEST`. `moment` carries any zone; `zone` is the IANA name of the one it is read in."""
    local = moment.astimezone(ZoneInfo(zone))
    abbreviation = local.tzname() or ""
    clock = abbreviation if abbreviation.isalpha() else _offset(local)
    return f"{_write_day(local, 'd MMM y', language)}, {format_time(local, language)} {clock}"


def format_hours(starts: datetime, ends: datetime, language: str) -> str:
    """The hours of one day, 9:30 to 17:00, with a dash for the "to". Both are wall-clock times of one zone."""
    return f"{format_time(starts, language)}{_RANGE.get(language, _RANGE['en'])}{format_time(ends, language)}"


def format_span(starts: datetime, ends: datetime, zone: str, place: str, language: str) -> str:
    """A session with its day, hours and clock. Both are wall-clock times without offset, in `zone`."""
    begins, finishes = in_zone(starts, zone), in_zone(ends, zone)
    name = describe_zone(begins, place, language)
    if begins.date() == finishes.date():
        return f"{format_day(begins, language)}, {format_hours(begins, finishes, language)} ({name})"
    last = f"{format_day(finishes, language)}, {format_time(finishes, language)}"
    return f"{format_day(begins, language)}, {format_time(begins, language)} \u2013 {last} ({name})"


def describe_zones(moments: Sequence[datetime], zone: str, place: str, language: str) -> str:
    """The clock of a whole timetable. Where the clocks change in its middle, the first and the last offset are both named."""
    first, last = in_zone(min(moments), zone), in_zone(max(moments), zone)
    described = describe_zone(first, place, language)
    if first.utcoffset() == last.utcoffset():
        return described
    return f"{described} \u2192 {describe_zone(last, '', language)}"


def in_zone(wall_clock: datetime, zone: str) -> datetime:
    """A wall-clock time given its zone. One that carries a zone already is converted."""
    if wall_clock.tzinfo is None:
        return wall_clock.replace(tzinfo=ZoneInfo(zone))
    return wall_clock.astimezone(ZoneInfo(zone))


def _write_day(day: date, pattern: str, language: str) -> str:
    # By its numbers: moments that are equal may be of different days, each on the clock of its zone
    return _write_date(day.year, day.month, day.day, pattern, language)


@lru_cache(maxsize=4096)
def _write_date(year: int, month: int, day: int, pattern: str, language: str) -> str:
    return babel_date(date(year, month, day), pattern, locale=locale_of(language))


@lru_cache(maxsize=4096)
def _write_time(clock: time, language: str) -> str:
    return babel_time(clock, _TIME.get(language, "HH:mm"), locale=locale_of(language))


def _clock_of(place: str, language: str) -> str:
    if language == "fr":
        return f"heure d\u2019{place}" if place[0].upper() in _VOWELS else f"heure de {place}"
    return f"{place} time"


def _offset(moment: datetime) -> str:
    seconds = int((moment.utcoffset() or moment - moment).total_seconds())
    if seconds == 0:
        return "UTC"
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "+" if seconds > 0 else "\u2212"
    return f"UTC{sign}{hours}" + (f":{minutes:02d}" if minutes else "")
