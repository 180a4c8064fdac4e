import base64
import json
import quopri
from urllib.parse import quote, urlencode

import pytest

from tests.system.traces import find_in

NAME = "Ѓорѓина Đurđević-Ünïqüe O'Neill"
ADDRESS = "some.body+tag@place.example"


@pytest.mark.parametrize("words", [NAME, ADDRESS])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "ü"])
@pytest.mark.parametrize("after", ["", "x", "xy", "ю"])
def test_words_are_found_in_every_encoding_at_every_place(words: str, before: str, after: str) -> None:
    text = f"{before}{words}{after}"
    for content in (
        text.encode(),
        json.dumps({"k": text}).encode(),
        quote(text).encode(),
        urlencode({"k": text}).encode(),
        quopri.encodestring(text.encode()),
        base64.b64encode(text.encode()),
        base64.urlsafe_b64encode(text.encode()),
        base64.encodebytes((text * 5).encode()),
        text.encode().hex().encode(),
        text.encode("utf-16-le"),
    ):
        assert find_in(b"\x00\xff" + content + b"\x00", words), content


def test_other_words_are_not_found() -> None:
    assert find_in(base64.b64encode(NAME.encode()) + NAME.encode(), ADDRESS) == []
