"""A correction: what it leaves as it is, what follows what, and that the form's rules hold."""

import pytest

from services.registration.domain.correction import CORRECTABLE, read_correction
from services.registration.domain.form import InvalidFormError
from services.registration.domain.workshop_consistency import read_definition
from tests.component.registration.material import workshop_json

DEFINITION = read_definition(workshop_json())
NOW = {
    "given_name": "Ina",
    "family_name": "Turcanu",
    "certificate_name": "Ina Turcanu",
    "language": "fr",
    "institution": "Police",
    "position": "trainer",
}


def corrected(current: dict[str, str] = NOW, /, **given: str) -> dict[str, str]:
    """What changes."""
    values = read_correction(given, current, DEFINITION)
    assert tuple(values) == CORRECTABLE
    return {name: value for name, value in values.items() if value != current[name]}


def errors_of(**given: str) -> dict[str, str]:
    with pytest.raises(InvalidFormError) as refused:
        read_correction(given, NOW, DEFINITION)
    return refused.value.errors


def test_what_is_not_given_stays_as_it_is() -> None:
    assert corrected() == {}
    assert corrected(position=" ", language="en") == {"position": "", "language": "en"}


def test_nothing_else_is_corrected() -> None:
    assert corrected(address="other@example.org", diet="none", country="FR") == {}


@pytest.mark.parametrize(
    "left", [{}, {"certificate_name": "Ina Turcanu"}, {"certificate_name": "  Ina  Turcanu "}, {"certificate_name": ""}]
)
def test_a_name_for_the_certificate_that_was_the_two_names_follows_them(left: dict[str, str]) -> None:
    assert corrected(family_name="Țurcanu", **left) == {"family_name": "Țurcanu", "certificate_name": "Ina Țurcanu"}


def test_one_that_was_written_for_itself_does_not() -> None:
    own = NOW | {"certificate_name": "Dr I. Turcanu"}
    assert corrected(own, family_name="Țurcanu") == {"family_name": "Țurcanu"}
    assert corrected(own, family_name="Țurcanu", certificate_name="") == {"family_name": "Țurcanu", "certificate_name": "Ina Țurcanu"}
    assert corrected(family_name="Țurcanu", certificate_name="Ina-Maria Țurcanu")["certificate_name"] == "Ina-Maria Țurcanu"


def test_the_rules_of_the_form_hold() -> None:
    assert errors_of(given_name="", family_name="\u202ex", language="de", institution="x" * 201, position="\ufffd") == {
        "given_name": "required",
        "family_name": "direction_override",
        "language": "unknown_choice",
        "institution": "too_long",
        "position": "unreadable_character",
    }
    assert errors_of(given_name="x" * 100, family_name="y" * 100) == {"certificate_name": "names_too_long"}
    assert errors_of(certificate_name="1234") == {"certificate_name": "no_letter"}
