"""What a message says, before it is text or HTML: both are made from the same parts, so that neither says less."""

from dataclasses import dataclass
from enum import Enum


class CalendarFile(Enum):
    """Which calendar file goes with a letter."""

    NONE = "none"
    PUBLISH = "publish"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do, as a button and as a link."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A line of the small table: what, and its value in the reader's language."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in the timetable; `elsewhere` repeats its hours on the reader's own clocks, where these differ."""

    day: str
    hours: str
    title: str
    elsewhere: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message in one language.

    `lead` is what the reader reads first and says what to do; `state` names in a word or two what the message is about. `shared` says
    that many get the same words: those of one person are not kept between mails.
    """

    subject: str
    state: str
    title: str
    lead: tuple[str, ...]
    action: Action | None = None
    more: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    sessions: tuple[SessionLine, ...] = ()
    closing: tuple[str, ...] = ()
    footnotes: tuple[str, ...] = ()
    calendar: CalendarFile = CalendarFile.NONE
    shared: bool = True
