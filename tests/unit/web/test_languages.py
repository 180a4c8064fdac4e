from pathlib import Path

import pytest
from markupsafe import Markup
from starlette.requests import Request

from shared.web import languages


def request(query: str = "", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": raw})


@pytest.mark.parametrize(
    ("query", "headers", "chosen"),
    [
        ("", {}, "en"),
        ("lang=fr", {"cookie": "atelier_language=en", "accept_language": "en"}, "fr"),
        ("lang=xx", {"cookie": "atelier_language=fr"}, "fr"),
        ("", {"cookie": "atelier_language=fr", "accept_language": "en"}, "fr"),
        ("", {"cookie": "atelier_language=../etc", "accept_language": "fr-CH, en;q=0.8"}, "fr"),
        ("", {"accept_language": "sr, fr;q=0.3, en;q=0.7"}, "en"),
        ("", {"accept_language": "fr;q=0, en;q=0.1"}, "en"),
        ("", {"accept_language": "ka"}, "en"),
        ("", {"accept_language": "fr;q=nonsense, *;;;"}, "en"),
    ],
)
def test_the_address_decides_before_the_cookie_and_the_cookie_before_the_browser(query: str, headers: dict[str, str], chosen: str) -> None:
    assert languages.negotiate(request(query, **headers)) == chosen


def test_text_in_another_language_than_the_page_is_marked_as_such() -> None:
    assert languages.localized({"en": "Day 1", "fr": "Jour 1"}, "fr") == "Jour 1"
    marked = languages.localized({"en": "Day <1>"}, "fr")
    assert isinstance(marked, Markup)
    assert marked == '<span lang="en">Day &lt;1&gt;</span>'
    assert languages.localized({}, "fr") == ""


def test_a_workshops_own_label_comes_before_the_usual_name() -> None:
    labels = {"XK": {"en": "Kosovo*", "fr": "Kosovo*"}}
    assert languages.country_name("XK", "en", labels) == "Kosovo*"
    assert languages.country_name("XK", "en") == "Kosovo"
    assert languages.country_name("MD", "fr", labels) == "Moldavie"
    assert languages.country_name("??", "en") == "??"


def test_earlier_catalogues_win_and_missing_ones_add_nothing(tmp_path: Path) -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    for name, word in (("first", "un"), ("second", "deux")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "fr.po").write_text(f'{head}msgid "one"\nmsgstr "{word}"\n\nmsgid "{name}"\nmsgstr "ici"\n', encoding="utf-8")
    read = languages.read_catalogues([tmp_path / "first", tmp_path / "second", tmp_path / "none"], "fr")
    assert [read.gettext(message) for message in ("one", "first", "second", "third")] == ["un", "ici", "ici", "third"]


def test_lists_and_names_are_in_the_language() -> None:
    assert languages.join_list(["Armenia", "Georgia", "Ukraine"], "en") == "Armenia, Georgia and Ukraine"
    assert languages.join_list(["Arménie", "Géorgie"], "fr") == "Arménie et Géorgie"
    assert languages.own_name("fr") == "Français"
    assert languages.language_name("fr", "en") == "French"
