"""Why the console refuses something, in the organiser's language."""

from collections.abc import Callable, Iterable, Sequence

from services.registration.domain.refusals import ConflictError, InvalidFieldError
from services.registration.domain.workshop_consistency import FieldError
from shared.web.languages import language_name
from shared.web.times import format_moment

Translate = Callable[..., str]
_MISSING = frozenset({"too_short", "string_too_short", "missing", "no_text"})


def explain_conflict(error: ConflictError, _: Translate, language: str) -> tuple[str, str]:
    """The heading and the sentence for a command that the state of things does not allow."""
    if error.code == "last_session_not_begun":
        when = format_moment(error.values["begins"], error.values["zone"], error.values["city"], language)
        return _("That is not possible yet"), _("It can be completed when its last session has begun: %(moment)s.", moment=when)
    sentences = {
        "workshop_is_draft": _("The workshop has not been opened yet."),
        "workshop_is_open": _("The workshop is open already."),
        "workshop_is_cancelled": _("The workshop has been cancelled."),
        "workshop_is_completed": _("The workshop has been completed."),
        "workshop_is_over": _("The workshop's last session has ended."),
        "registration_is_waiting": _("Only confirmed people are checked in."),
        "registration_is_withdrawn": _("Only confirmed people are checked in."),
        "registration_is_erased": _("Only confirmed people are checked in."),
        "person_is_erased": _("The person was erased: there is nothing left to correct."),
    }
    heading = _("That is not possible yet") if error.code == "workshop_is_draft" else _("That is not possible any more")
    return heading, sentences.get(error.code, str(error))


def explain_command(error: InvalidFieldError, _: Translate, language: str) -> str:
    """What only the use case can see in a command's form, such as a place taken since the form was read."""
    sentences = {
        "already_over": _("This has passed already: the last session must end in the future"),
        "below_confirmed": _("Enter at least %(confirmed)s: so many people have a place", confirmed=error.limit),
        "too_long_altogether": _("The texts are too long altogether"),
        "string_too_long": _("At most %(most)s characters: please shorten it", most=error.limit),
        "value_error": _("There is a hidden character in it: please type it again"),
    }
    name, _dot, code = error.field.partition(".")
    sentence = sentences.get(error.reason, str(error))
    return f"{sentence} ({language_name(code, language)})" if name in {"subject", "body", "reason"} and code else sentence


def explain_definition(errors: Iterable[FieldError], rows: Sequence[int], _: Translate, language: str) -> dict[str, str]:
    """What is wrong with a new workshop: sentences by the field's name in the form. `rows` are the form's rows of the sessions in it."""
    sentences: dict[str, str] = {}
    found = list(errors)
    # Where no session can be read, pydantic finds as well that there is none
    if any(error.field.startswith("sessions.") for error in found):
        found = [error for error in found if error.field != "sessions"]
    for error in found:
        field = _input_of(error, rows)
        sentences.setdefault(field, _definition_sentence(field, error, _, language))
    return sentences


def _definition_sentence(field: str, error: FieldError, _: Translate, language: str) -> str:
    whole = {
        "time_zone": _("Enter a time zone such as Europe/Paris"),
        "venue.country": _("Choose a country from the list"),
        "capacity": _("Enter a number of places"),
        "contact": _("Enter an email address like name@example.org"),
        "certificate.minimum_sessions": _("Enter a number from 1 to the number of sessions, or nothing"),
        "certificate.minimum_percent_of_sessions": _("Enter a share of the sessions from 1 to 100 percent, or nothing"),
        "certificate.minimum_percent_of_time": _("Enter a share of the time from 1 to 100 percent, or nothing"),
        "slug": _("Enter small letters, digits and hyphens, such as spring-2024"),
    }
    if field == "slug" and error.reason == "taken":
        return _("This name belongs to another workshop: choose another")
    if field in whole:
        return whole[field]
    if field.endswith((".starts", ".ends")) or field.startswith("certificate."):
        return _session_sentence(field, error, _)
    values = {"field": _label(field, _, language), "most": error.limit}
    if error.reason in _MISSING:
        return _("%(field)s: this is needed") % values
    if error.reason == "string_too_long":
        return _("%(field)s: at most %(most)s characters, please shorten it") % values
    return _("%(field)s: there is a hidden character in it, please type it again") % values


def _session_sentence(field: str, error: FieldError, _: Translate) -> str:
    """Of a session's time, or of one that nobody may miss."""
    if field.startswith("certificate."):
        return _("Session %(number)s is empty: describe it above, or untick it", number=int(field.split(".")[2]) + 1)
    sentences = {
        "not_after_start": _("It must end after it begins"),
        "skipped_by_clocks": _("The clocks skip this time: choose another"),
        "out_of_range": _("Choose a year from 1970 to 2200"),
    }
    missing = _("Enter the day and time at which it begins") if field.endswith(".starts") else _("Enter the day and time at which it ends")
    session = _("Session %(number)s", number=int(field.split(".")[1]) + 1)
    return _("%(field)s: %(problem)s", field=session, problem=sentences.get(error.reason, missing))


def _label(field: str, _: Translate, language: str) -> str:
    name, _dot, code = field.rpartition(".")
    labels = {
        "title": _("Title in %(language)s"),
        "summary": _("Summary in %(language)s"),
        "privacy.controller": _("Who is responsible, in %(language)s"),
        "privacy.purpose": _("What the data is for, in %(language)s"),
        "privacy.retention": _("How long it is kept, in %(language)s"),
    }
    if name in labels:
        return labels[name] % {"language": language_name(code, language)}
    if name.startswith("sessions."):
        session = _("Session %(number)s", number=int(name.split(".")[1]) + 1)
        return f"{session}, {labels['title'] % {'language': language_name(code, language)}}"
    return {"organisers": _("Organisers"), "venue.city": _("City")}.get(field, field)


def _input_of(error: FieldError, rows: Sequence[int]) -> str:
    """The field of the form that an error belongs to: a text's error stands at its first language, or at the one it names."""
    whole = error.field.removesuffix(".[key]")
    if whole == "sessions":
        return "sessions.0.starts"
    first, *rest = whole.split(".")
    if first == "sessions":
        whole = ".".join((first, str(rows[int(rest[0])]), *rest[1:]))
    if whole.split(".")[-1] in {"title", "summary", "controller", "purpose", "retention"}:
        return f"{whole}.fr" if error.message.endswith("language fr") else f"{whole}.en"
    return "organisers" if whole.startswith("organisers") else whole
