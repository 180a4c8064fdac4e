"""What organisers write is checked like what participants write."""

from collections.abc import Callable

import pytest

from services.registration.domain.organiser_words import read_label, read_text
from services.registration.domain.refusals import InvalidFieldError


@pytest.mark.parametrize("read", [read_label, read_text])
@pytest.mark.parametrize(("text", "said"), [("Tr\ufffds bien", "did not arrive readable"), ("\u3164", "invisible"), ("a\x00b", "control")])
def test_letters_that_nobody_can_read_are_refused_by_name(read: Callable[[str, dict[str, str]], object], text: str, said: str) -> None:
    with pytest.raises(InvalidFieldError, match=said) as refused:
        read("reason", {"fr": text})
    assert refused.value.field == "reason.fr"
