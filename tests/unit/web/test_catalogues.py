"""Every phrase of every page is there in French, with the same values to fill in, and no catalogue holds what no page says."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
Phrase = str | tuple[str, ...]


def phrases(folder: str) -> set[Phrase]:
    options = {"**.html": {"newstyle_gettext": "true"}}
    found = extract_from_dir(ROOT / folder, METHODS, options_map=options, strip_comment_tags=True)
    return {message for _, _, message, _, _ in found}


def catalogue(path: str) -> Catalog:
    with (ROOT / path).open("rb") as file:
        return read_po(file, locale="fr")


def translated(entries: Catalog) -> dict[Phrase, Phrase]:
    return {message.id: message.string for message in entries if message.id}


SITES = [
    ("shared/web", "shared/web/catalogue/fr.po", None),
    ("services/registration/web", "services/registration/web/locale/fr.po", "shared/web"),
]


@pytest.mark.parametrize(("folder", "path", "base"), SITES)
def test_every_phrase_has_its_french(folder: str, path: str, base: str | None) -> None:
    said = phrases(folder) - (phrases(base) if base else set())
    french = translated(catalogue(path))
    assert said == set(french), "missing or left over in " + path
    assert not [message for message, words in french.items() if not all([words] if isinstance(words, str) else words)]


@pytest.mark.parametrize(("folder", "path", "base"), SITES)
def test_translations_fill_in_the_same_values(folder: str, path: str, base: str | None) -> None:
    for message, words in translated(catalogue(path)).items():
        if isinstance(message, str):
            assert values(str(words)) == values(message), message
        else:
            # One of something may go without its number
            assert values(words[-1]) == values(message[-1]), message
            assert values(words[0]) <= values(message[-1]), message


def values(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))
