import unicodedata

import pytest

from services.certificates.domain.printed_name import as_printed


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("ᲥᲔᲗᲔᲕᲐᲜ ᲑᲔᲠᲘᲫᲔ", "ქეთევან ბერიძე"),
        ("Ქeti ᲑERIDZE", "ქeti ბERIDZE"),
        ("ქეთევან ბერიძე", "ქეთევან ბერიძე"),
        ("Ana KOVAČ Ђорђе ԱՆԻ", "Ana KOVAČ Ђорђе ԱՆԻ"),
    ],
)
def test_georgian_capitals_become_the_usual_letters_and_nothing_else_changes(given: str, printed: str) -> None:
    assert as_printed(given) == printed


def test_every_georgian_capital_has_its_letter() -> None:
    capitals = [chr(code) for code in range(0x1C90, 0x1CC0) if unicodedata.category(chr(code)) == "Lu"]
    assert len(capitals) == 46
    for capital in capitals:
        assert unicodedata.name(as_printed(capital)) == unicodedata.name(capital).replace("MTAVRULI CAPITAL ", "")
