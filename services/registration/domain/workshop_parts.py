"""The parts of a workshop's definition, each checked on its own; see workshop_consistency for what they owe each other."""

from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, model_validator

from services.registration.domain.address import InvalidAddressError, read_address
from services.registration.domain.plain_text import TextProblem, find_problem, one_line, paragraphs

SUPPORTED_LANGUAGES = ("en", "fr")
"""Languages that pages, mails and certificates are written in."""

_ZONES = frozenset(available_timezones())
YEARS = range(1970, 2201)
"""Arithmetic with reminders and links stays far from the calendar's end."""


def _refuse(problem: TextProblem | None) -> None:
    if problem is TextProblem.UNREADABLE_CHARACTER:
        raise ValueError("has letters that did not arrive readable: type them again")
    if problem is not None:
        raise ValueError(f"contains a {problem.replace('_', ' ')}")


def _line(text: str) -> str:
    text = one_line(text)
    _refuse(find_problem(text))
    if not text:
        raise ValueError("is empty")
    return text


def _paragraphs(text: str) -> str:
    text = paragraphs(text)
    _refuse(find_problem(text, line_breaks=True))
    if not text:
        raise ValueError("is empty")
    return text


def _zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("is not an IANA time zone such as Europe/Paris")
    return name


def _optional_address(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return read_address(text).written
    except InvalidAddressError:
        raise ValueError("is not a mail address") from None


def _wall_clock(value: object) -> object:
    # Numbers would be read as seconds since 1970, and an offset would contradict the workshop's zone.
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("is not a date and time such as 2023-10-24T09:30") from None
    else:
        raise ValueError("is not a date and time such as 2023-10-24T09:30")  # noqa: TRY004 - pydantic reports ValueError by field
    if moment.tzinfo is not None:
        raise ValueError("must be local time without an offset: the workshop's zone applies")
    if moment.year not in YEARS:
        raise ValueError("is out of range")
    return moment.replace(second=0, microsecond=0)


def _time_of_day(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str):
        raise ValueError("is not a time of day such as 09:00")  # noqa: TRY004 - pydantic reports ValueError by field
    try:
        moment = time.fromisoformat(value)
    except ValueError:
        raise ValueError("is not a time of day such as 09:00") from None
    if moment.tzinfo is not None:
        raise ValueError("must be local time without an offset")
    return moment.replace(second=0, microsecond=0)


def _each_language(value: object) -> object:
    # A plain text says the same in every language.
    return dict.fromkeys(SUPPORTED_LANGUAGES, value) if isinstance(value, str) else value


Line = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=300), AfterValidator(_line)]
Paragraphs = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=5000), AfterValidator(_paragraphs)]
Language = Annotated[str, StringConstraints(strict=True, pattern="^(en|fr)$")]
Label = Annotated[dict[Language, Line], Field(min_length=1)]
"""One line by language: it may become a mail's subject or stand in a table."""
Text = Annotated[dict[Language, Paragraphs], Field(min_length=1)]
"""Paragraphs by language."""
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Slug = Code
CountryCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]
TimeZoneName = Annotated[str, StringConstraints(strict=True, max_length=60), AfterValidator(_zone)]
OptionalAddress = Annotated[str, StringConstraints(strict=True, max_length=254), AfterValidator(_optional_address)]
WallClock = Annotated[
    datetime,
    BeforeValidator(_wall_clock, json_schema_input_type=str),
    PlainSerializer(lambda moment: moment.isoformat(timespec="minutes"), return_type=str),
]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day, json_schema_input_type=str),
    PlainSerializer(lambda moment: moment.isoformat(timespec="minutes"), return_type=str),
]
TextOrTexts = Annotated[Text, BeforeValidator(_each_language, json_schema_input_type=Paragraphs | Text)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DescribedVenue(_Part):
    """Where it takes place."""

    city: Line
    country: CountryCode


class DescribedSession(_Part):
    """One session, in wall-clock times of the workshop's zone."""

    code: Code
    title: Label
    starts: WallClock = Field(description="Local time without offset, such as 2023-10-24T09:30")
    ends: WallClock = Field(description="Local time without offset, after the start")


class DescribedReminder(_Part):
    """A reminder rule: `days` from the anchor's local date, at the local time `at`."""

    id: Code
    anchor: Literal["start", "end"]
    days: int = Field(ge=-365, le=365, strict=True)
    at: TimeOfDay = Field(description="Local time of day, such as 09:00")
    audience: Literal["confirmed", "attended"] = "confirmed"
    grace_minutes: int = Field(default=360, ge=0, le=10_080, strict=True)


class DescribedCertificate(_Part):
    """Who earns a certificate: whoever was present at all that is asked for."""

    minimum_sessions: int = Field(default=1, ge=1, le=200, strict=True)
    minimum_percent_of_sessions: int | None = Field(default=None, ge=1, le=100, strict=True)
    minimum_percent_of_time: int | None = Field(
        default=None, ge=1, le=100, strict=True, description="Of the minutes of all sessions together"
    )
    required_sessions: tuple[Code, ...] = Field(default=(), max_length=200, description="Codes of sessions that nobody may miss")
    needs_approval: bool = Field(default=False, strict=True, description="Whether an organiser has to approve each certificate as well")


class DescribedMaterial(_Part):
    """Something handed out."""

    title: Label
    kind: Line


class DescribedFootnote(_Part):
    """A note with its mark; the texts may stand beside the mark (`{"mark": "*", "en": ...}`) or under `text`."""

    mark: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=5), AfterValidator(_line)]
    text: Text

    @model_validator(mode="before")
    @classmethod
    def _gather_texts(cls, value: object) -> object:
        if not isinstance(value, dict) or "text" in value:
            return value
        rest: dict[Any, Any] = {key: part for key, part in value.items() if key not in SUPPORTED_LANGUAGES}
        return rest | {"text": {key: part for key, part in value.items() if key in SUPPORTED_LANGUAGES}}


class Privacy(_Part):
    """The notice under the form: who is responsible, what for, how long."""

    controller: TextOrTexts
    purpose: TextOrTexts
    retention: TextOrTexts


def refuse_duplicates(what: str, values: list[str]) -> None:
    """Raise ValueError naming the first value that occurs twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {value} occurs twice")
        seen.add(value)


def resolve(wall_clock: datetime, zone: str) -> datetime:
    """A wall-clock time of the zone in UTC. A time that occurs twice means the first; one that is skipped, the moment after the gap."""
    return wall_clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
