"""The forms of commands: what is in them before anyone types, and what comes back, read or refused by field."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import available_timezones

from services.registration.domain.plain_text import TextProblem, find_problem, paragraphs
from services.registration.domain.workshop import MAXIMUM_CAPACITY, WorkshopDefinition
from services.registration.domain.workshop_consistency import check_timetable
from services.registration.domain.workshop_parts import DescribedSession
from services.registration.use_cases.reschedule_workshop import NewTimes
from shared.web.languages import language_name

Translate = Callable[..., str]


class InvalidCommandError(ValueError):
    """The form needs correcting; `errors` are sentences by the field's name in HTML."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


def prefill(name: str, definition: WorkshopDefinition) -> dict[str, str]:
    """A command's fields with the values that hold now."""
    if name == "capacity":
        return {"capacity": str(definition.capacity)}
    if name == "reschedule":
        times = {f"starts-{session.code}": _local(session.starts) for session in definition.sessions}
        times |= {f"ends-{session.code}": _local(session.ends) for session in definition.sessions}
        return times | {"time_zone": definition.time_zone}
    return {}


def read_capacity(fields: Mapping[str, str], confirmed: int, _: Translate) -> int:
    """The number of places.

    Raises:
        InvalidCommandError: it is no number, or below what is confirmed.
    """
    text = fields.get("capacity", "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAXIMUM_CAPACITY)) else -1
    if not 0 <= number <= MAXIMUM_CAPACITY:
        raise InvalidCommandError({"capacity": _("Enter a number of places")})
    if number < confirmed:
        raise InvalidCommandError({"capacity": _("Enter at least %(confirmed)s: so many people have a place", confirmed=confirmed)})
    return number


def read_texts(fields: Mapping[str, str], name: str, definition: WorkshopDefinition) -> dict[str, str]:
    """One text in each of the workshop's languages; those left empty are left out."""
    texts = {language: paragraphs(fields.get(f"{name}-{language}", "")) for language in definition.languages}
    return {language: text for language, text in texts.items() if text}


def read_announcement(
    fields: Mapping[str, str], definition: WorkshopDefinition, _: Translate, language: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Subject and body in every language of the workshop. `language` is the page's.

    Raises:
        InvalidCommandError: a text is missing or holds hidden characters.
    """
    subject, body = read_texts(fields, "subject", definition), read_texts(fields, "body", definition)
    errors = {}
    for code in definition.languages:
        for name, texts, missing in (("subject", subject, _("Write the subject")), ("body", body, _("Write the message"))):
            text = texts.get(code, "")
            if not text:
                errors[f"{name}-{code}"] = f"{missing} ({language_name(code, language)})"
            elif (problem := find_problem(text, line_breaks=name == "body")) is not None:
                errors[f"{name}-{code}"] = f"{_explain(problem, _)} ({language_name(code, language)})"
    if errors:
        raise InvalidCommandError(errors)
    return subject, body


def read_times(fields: Mapping[str, str], definition: WorkshopDefinition, _: Translate) -> tuple[list[NewTimes], str]:
    """The new timetable and its zone.

    Raises:
        InvalidCommandError: a time is missing, does not exist in the zone, or ends before it starts.
    """
    errors = {}
    time_zone = fields.get("time_zone", "").strip()
    if time_zone not in available_timezones():
        errors["time_zone"] = _("Enter a time zone such as Europe/Paris")
    sessions: list[DescribedSession] = []
    for session in definition.sessions:
        starts, ends = _read_local(fields.get(f"starts-{session.code}", "")), _read_local(fields.get(f"ends-{session.code}", ""))
        if starts is None:
            errors[f"starts-{session.code}"] = _("Enter the day and time at which it begins")
        if ends is None:
            errors[f"ends-{session.code}"] = _("Enter the day and time at which it ends")
        if starts and ends:
            sessions.append(session.model_copy(update={"starts": starts, "ends": ends}))
    if errors:
        raise InvalidCommandError(errors)
    for problem in check_timetable(tuple(sessions), time_zone):
        _path, index, which = problem.field.split(".")
        sentences = {
            "not_after_start": _("It must end after it begins"),
            "skipped_by_clocks": _("The clocks skip this time: choose another"),
            "out_of_range": _("Choose a year from 1970 to 2200"),
        }
        errors[f"{which}-{sessions[int(index)].code}"] = sentences[problem.reason]
    if errors:
        raise InvalidCommandError(errors)
    return [NewTimes(session.code, session.starts, session.ends) for session in sessions], time_zone


def _explain(problem: TextProblem, _: Translate) -> str:
    if problem is TextProblem.UNREADABLE_CHARACTER:
        return _("Some letters did not arrive readable: please type them again")
    return _("There is a hidden character in it: please type it again")


def _local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def _read_local(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return None if moment.tzinfo else moment
