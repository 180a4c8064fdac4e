"""What the parts of a workshop's definition owe each other. Errors name the field as `path.to.field`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from services.registration.domain.workshop import WorkshopDefinition
from services.registration.domain.workshop_parts import YEARS, DescribedSession, resolve


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to correct; `field` is a path such as `sessions.0.ends`, empty for the whole.

    `reason` is a code that pages translate, ours or pydantic's; `limit` the number that was passed, where there is one.
    """

    field: str
    message: str
    reason: str = ""
    limit: int | None = None


class InvalidWorkshopError(ValueError):
    """The definition cannot be used; `errors` says everything that is wrong with it at once."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


def read_definition(value: Mapping[str, Any]) -> WorkshopDefinition:
    """Read a workshop's JSON.

    Raises:
        InvalidWorkshopError: with an error per field.
    """
    try:
        definition = WorkshopDefinition.model_validate(value)
    except ValidationError as error:
        raise InvalidWorkshopError(describe(error)) from None
    check_consistency(definition)
    return definition


def describe(error: ValidationError) -> tuple[FieldError, ...]:
    """Pydantic's findings as paths and messages, without the values."""
    return tuple(
        FieldError(
            ".".join(map(str, detail["loc"])),
            detail["msg"].removeprefix("Value error, "),
            detail["type"],
            detail.get("ctx", {}).get("max_length"),
        )
        for detail in error.errors(include_input=False, include_url=False)
    )


def check_consistency(definition: WorkshopDefinition) -> None:
    """Check what no part can check alone.

    Raises:
        InvalidWorkshopError: with an error per field.
    """
    errors = (*_languages(definition), *check_timetable(definition.sessions, definition.time_zone), *_rules(definition))
    if errors:
        raise InvalidWorkshopError(tuple(errors))


def check_timetable(sessions: tuple[DescribedSession, ...], time_zone: str) -> Iterator[FieldError]:
    """Every session ends after it starts, at times that the zone's clocks show, in a year that can be reckoned with."""
    for index, session in enumerate(sessions):
        if session.starts.year not in YEARS or session.ends.year not in YEARS:
            name = "starts" if session.starts.year not in YEARS else "ends"
            yield FieldError(f"sessions.{index}.{name}", "is out of range", "out_of_range")
            continue
        for name, moment in (("starts", session.starts), ("ends", session.ends)):
            instant = resolve(moment, time_zone)
            if instant.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) != moment:
                message = f"does not exist in {time_zone}: the clocks are put forward then"
                yield FieldError(f"sessions.{index}.{name}", message, "skipped_by_clocks")
        if resolve(session.ends, time_zone) <= resolve(session.starts, time_zone):
            yield FieldError(f"sessions.{index}.ends", "is not after the start", "not_after_start")


def _languages(definition: WorkshopDefinition) -> Iterator[FieldError]:
    texts: list[tuple[str, Mapping[str, str]]] = [("title", definition.title), ("summary", definition.summary)]
    texts += [(f"sessions.{index}.title", session.title) for index, session in enumerate(definition.sessions)]
    texts += [(f"footnotes.{index}.text", note.text) for index, note in enumerate(definition.footnotes)]
    texts += [(f"country_labels.{code}", label) for code, label in definition.country_labels.items()]
    texts += [(f"privacy.{name}", getattr(definition.privacy, name)) for name in ("controller", "purpose", "retention")]
    for field, text in texts:
        for language in definition.languages:
            if language not in text:
                yield FieldError(field, f"has no text for language {language}", "no_text")


def _rules(definition: WorkshopDefinition) -> Iterator[FieldError]:
    rule = definition.certificate
    if rule is not None and rule.minimum_sessions > len(definition.sessions):
        message = f"is more than the {len(definition.sessions)} sessions there are"
        yield FieldError("certificate.minimum_sessions", message, "more_than_sessions")
    if rule is not None:
        for index, code in enumerate(rule.required_sessions):
            if code not in definition.session_codes:
                yield FieldError(f"certificate.required_sessions.{index}", "is not the code of a session")
    if definition.countries:
        for code in definition.country_labels:
            if code not in definition.countries:
                yield FieldError(f"country_labels.{code}", "is not one of the workshop's countries")
