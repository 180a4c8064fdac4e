"""Which language a page is in, and the words of that language.

Catalogues are plain gettext `.po` files, read once at start: there is no compiled file that could be older than its source.
English is the language of the source, so it needs no catalogue.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from markupsafe import Markup
from starlette.requests import HTTPConnection

from shared.web.times import locale_of

OFFERED = ("en", "fr")
"""The languages that pages are written in, the first being the one for visitors who read none of them."""

LANGUAGE_COOKIE = "atelier_language"


def negotiate(request: HTTPConnection, offered: Sequence[str] = OFFERED) -> str:
    """The language to answer in: what the address asks for (`?lang=fr`), else the cookie, else the browser's wishes.

    Where none of them names a language that is offered, it is the first offered.
    """
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked and asked in offered:
            return asked
    for wish in _wishes(request.headers.get("accept-language", "")):
        primary = wish.split("-")[0].lower()
        if primary in offered:
            return primary
    return offered[0]


def read_catalogues(folders: Iterable[Path], language: str) -> NullTranslations:
    """The words of one language from `<folder>/<language>.po` of each folder; earlier folders win.

    A folder without that file adds nothing.
    """
    translations = NullTranslations()
    for folder in reversed(list(folders)):
        path = folder / f"{language}.po"
        if not path.exists():
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        loaded = Translations(compiled)
        loaded.add_fallback(translations)
        translations = loaded
    return translations


def choose_text(text: Mapping[str, str], language: str) -> tuple[str, str]:
    """The words to show and the language they are in: the page's if there are any, else English, else whichever there is."""
    for code in (language, *OFFERED):
        if text.get(code):
            return text[code], code
    return next(((words, code) for code, words in text.items() if words), ("", language))


def localized(text: Mapping[str, str], language: str) -> Markup | str:
    """As `choose_text`, for a page: words in another language than the page's are marked as such, so that they are read aloud rightly."""
    words, code = choose_text(text, language)
    return words if code == language else Markup('<span lang="{}">{}</span>').format(code, words)


def country_name(code: str, language: str, labels: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """A country by its ISO code: the workshop's own label first, then CLDR's name."""
    own = (labels or {}).get(code)
    if own:
        return choose_text(own, language)[0]
    return str(_locale(language).territories.get(code, code))


def language_name(code: str, language: str) -> str:
    """A language named in another: `language_name("fr", "en")` is `French`."""
    return str(_locale(language).languages.get(code, code))


def join_list(items: Iterable[str], language: str) -> str:
    """Several things in one sentence: `Armenia, Georgia and Ukraine`."""
    return format_list([str(item) for item in items], locale=locale_of(language))


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(locale_of(language))


@lru_cache(maxsize=64)
def own_name(code: str) -> str:
    """A language named in itself, as its readers look for it: `Français`."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def _wishes(header: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first; those refused with q=0 are left out."""
    weighted = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, parameters = part.strip().partition(";")
        try:
            quality = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            continue
        if tag and quality > 0:
            weighted.append((-quality, position, tag))
    return [tag for _, _, tag in sorted(weighted)]
