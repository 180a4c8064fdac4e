"""The registration form: its fields, their limits, and what a browser sends read into a submission or errors by field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.registration.domain.address import InvalidAddressError, read_address
from services.registration.domain.names import find_name_problem
from services.registration.domain.plain_text import find_problem, one_line, paragraphs
from services.registration.domain.workshop import WorkshopDefinition

MAXIMUM_LENGTHS: Mapping[str, int] = {
    "address": 254,
    "given_name": 100,
    "family_name": 100,
    "certificate_name": 200,
    "institution": 200,
    "position": 200,
    "country": 2,
    "language": 2,
    "diet": 500,
    "comments": 2000,
}
"""By field, in the order of the form; counted in characters after composition."""

REQUIRED = frozenset({"address", "given_name", "family_name", "country", "language"})

NAMES = ("given_name", "family_name", "certificate_name")
LINES = ("institution", "position")
PARAGRAPHS = ("diet", "comments")


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that passed all checks. Nothing of it shows in logs.

    `form_token` is the browser's own, made when the form was shown; `correlation_id` and
    `traceparent` (W3C) follow the submission to the mail.
    """

    form_token: UUID
    address: str = field(repr=False)
    address_key: str = field(repr=False)
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    certificate_name: str = field(repr=False)
    country: str = field(repr=False)
    language: str
    institution: str = field(default="", repr=False)
    position: str = field(default="", repr=False)
    diet: str = field(default="", repr=False)
    comments: str = field(default="", repr=False)
    correlation_id: str | None = None
    traceparent: str | None = None


class InvalidFormError(ValueError):
    """`errors` maps each wrong field to a code: required, too_long, invalid_address, no_letter, unknown_choice or a TextProblem.

    `certificate_name` may also be `names_too_long`: it was left empty, and the two names are too long to stand in for it.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in errors.items()))
        self.errors = dict(errors)


def read_form(values: Mapping[str, str], definition: WorkshopDefinition, form_token: UUID) -> Submission:
    """Check a form as it was sent; absent fields count as empty. Without a name for the certificate it is the two names.

    Raises:
        InvalidFormError: with every field that needs correcting.
    """
    cleaned, errors = check_fields(values, MAXIMUM_LENGTHS, definition)
    address_key = ""
    if "address" not in errors:
        try:
            address = read_address(cleaned["address"])
            cleaned["address"], address_key = address.written, address.key
        except InvalidAddressError:
            errors["address"] = "invalid_address"
    if errors:
        raise InvalidFormError(errors)
    return Submission(form_token=form_token, address_key=address_key, **cleaned)


def check_fields(values: Mapping[str, str], names: Iterable[str], definition: WorkshopDefinition) -> tuple[dict[str, str], dict[str, str]]:
    """Clean the fields of these names, those of people among them, and say what is wrong with each: values and codes by field.

    What counts as a mail address is not among the checks.
    """
    cleaned = {name: _clean(name, values.get(name, "")) for name in names}
    default = not cleaned["certificate_name"]
    if default:
        cleaned["certificate_name"] = both_names(cleaned)
    errors = {name: code for name, value in cleaned.items() if (code := _check(name, value, definition)) is not None}
    if default:
        # It was made of the two names: their mistake is named once. How to shorten them is theirs to say, so nothing is cut off.
        code = errors.pop("certificate_name", None)
        if code == "too_long" and errors.keys().isdisjoint({"given_name", "family_name"}):
            errors["certificate_name"] = "names_too_long"
    return cleaned, errors


def both_names(values: Mapping[str, str]) -> str:
    """What stands in for a name for the certificate that was left empty."""
    return one_line(f"{values['given_name']} {values['family_name']}")


def _clean(name: str, value: str) -> str:
    if name in PARAGRAPHS:
        return paragraphs(value)
    return one_line(value)


def _check(name: str, value: str, definition: WorkshopDefinition) -> str | None:
    if not value:
        return "required" if name in REQUIRED else None
    if len(value) > MAXIMUM_LENGTHS[name]:
        return "too_long"
    if name in NAMES:
        return find_name_problem(value)
    if name == "country":
        known = not definition.countries or value in definition.countries
        return None if known and len(value) == MAXIMUM_LENGTHS["country"] and value.isascii() and value.isupper() else "unknown_choice"
    if name == "language":
        return None if value in definition.languages else "unknown_choice"
    return find_problem(value, line_breaks=name in PARAGRAPHS)
