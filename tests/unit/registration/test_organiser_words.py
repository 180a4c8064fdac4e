"""What organisers write to participants, whichever way it comes."""

import pytest

from services.registration.domain.organiser_words import read_label, read_text
from services.registration.domain.refusals import InvalidFieldError


def test_paragraphs_keep_their_lines_and_a_subject_has_one() -> None:
    assert read_text("body", {"en": "one\r\n\r\ntwo"}) == {"en": "one\n\ntwo"}
    assert read_label("subject", {"en": " Hall  B "}) == {"en": "Hall B"}


@pytest.mark.parametrize(
    ("texts", "field"), [({"fr": "a\nb"}, "subject.fr"), ({"en": "x" * 301}, "subject.en"), ({"en": ""}, "subject.en"), ({}, "subject")]
)
def test_what_no_subject_can_be_is_refused_with_the_language_named(texts: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        read_label("subject", texts)
    assert refused.value.field == field
