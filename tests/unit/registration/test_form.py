"""The form: what is required, how long it may be, and which field is named when something is wrong."""

from pathlib import Path
from uuid import uuid4

import pytest

from services.registration import web
from services.registration.domain.form import MAXIMUM_LENGTHS, InvalidFormError, Submission, read_form
from services.registration.domain.workshop import WorkshopDefinition
from services.registration.domain.workshop_consistency import read_definition
from services.registration.web.public_form_errors import explain
from shared.web.languages import read_catalogues
from tests.component.registration.material import workshop_json

WEB = Path(web.__file__).parent
DEFINITION = read_definition(workshop_json())
GOOD = {"address": " Ana@Example.org ", "given_name": "Ana", "family_name": "Šehović", "country": "XK", "language": "fr"}


def read(definition: WorkshopDefinition = DEFINITION, /, **changes: str) -> Submission:
    return read_form(GOOD | changes, definition, uuid4())


def errors_of(**changes: str) -> dict[str, str]:
    with pytest.raises(InvalidFormError) as refused:
        read(**changes)
    return refused.value.errors


def test_a_good_form() -> None:
    form = read(comments="one\r\ntwo", certificate_name="")
    assert (form.address, form.address_key) == ("Ana@Example.org", "ana@example.org")
    assert form.certificate_name == "Ana Šehović"
    assert form.comments == "one\ntwo"
    assert form.diet == ""


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidFormError) as refused:
        read_form({}, DEFINITION, uuid4())
    assert refused.value.errors == dict.fromkeys(("address", "given_name", "family_name", "country", "language"), "required")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("address", "nobody", "invalid_address"),
        ("address", "a@b", "invalid_address"),
        ("address", "a@localhost", "invalid_address"),
        ("address", "Ana <ana@example.org>", "invalid_address"),
        ("address", "a\n@example.org", "control_character"),
        ("given_name", "A\u202ena", "direction_override"),
        ("certificate_name", "A\x07na", "control_character"),
        ("institution", "x\u2066y", "direction_override"),
        ("diet", "x\x00y", "control_character"),
        ("family_name", "\ufffdt\ufffd", "unreadable_character"),
        ("institution", "Universit\ufffd", "unreadable_character"),
        ("comments", "d\ufffdj\ufffd", "unreadable_character"),
        ("comments", "\u3164", "invisible_character"),
        ("address", "x" * 65 + "@example.org", "invalid_address"),
        ("address", "é" * 33 + "@example.org", "invalid_address"),
        ("country", "DE", "unknown_choice"),
        ("country", "xk", "unknown_choice"),
        ("language", "de", "unknown_choice"),
    ],
)
def test_the_wrong_field_is_named(field: str, value: str, code: str) -> None:
    assert errors_of(**{field: value}) == {field: code}


def test_the_longest_local_part_that_mail_servers_take_fits() -> None:
    assert read(address="x" * 64 + "@example.org").address_key == "x" * 64 + "@example.org"


@pytest.mark.parametrize("field", ["given_name", "family_name", "certificate_name", "institution", "position", "diet", "comments"])
def test_lengths_are_bounded_and_the_bound_itself_fits(field: str) -> None:
    assert errors_of(**{field: "x" * (MAXIMUM_LENGTHS[field] + 1)}) == {field: "too_long"}
    assert getattr(read(**{field: "x" * MAXIMUM_LENGTHS[field]}), field) == "x" * MAXIMUM_LENGTHS[field]


def test_nothing_is_cut_off_a_name_for_the_certificate() -> None:
    given, family = "x" * 100, "y" * 100
    for empty in ("", " "):
        assert errors_of(given_name=given, family_name=family, certificate_name=empty) == {"certificate_name": "names_too_long"}
    assert read(given_name=given, family_name=family, certificate_name="X. Y").certificate_name == "X. Y"
    assert read(given_name="x" * 99, family_name="y" * 100).certificate_name == "x" * 99 + " " + "y" * 100


def test_names_that_are_wrong_themselves_are_named_alone() -> None:
    assert errors_of(given_name="x" * 101, family_name="y" * 90) == {"given_name": "too_long"}


@pytest.mark.parametrize(("language", "beginning"), [("en", "Name for the certificate:"), ("fr", "Nom sur l’attestation")])
def test_whoever_has_long_names_is_asked_for_the_name_for_the_certificate(language: str, beginning: str) -> None:
    translate = read_catalogues([WEB / "locale"], language).ugettext
    sentence = explain(errors_of(given_name="x" * 100, family_name="y" * 100), translate)["certificate_name"]
    assert sentence.startswith(beginning)
    assert "200" in sentence


def test_a_workshop_for_everybody_takes_any_country_code() -> None:
    everybody = read_definition(workshop_json(countries=[]))
    assert read(everybody, country="DE").country == "DE"


def test_nothing_personal_shows_in_logs() -> None:
    shown = repr(read(diet="no nuts", comments="hello"))
    for value in ("Ana", "Example", "Šehović", "nuts", "hello", "XK"):
        assert value not in shown
