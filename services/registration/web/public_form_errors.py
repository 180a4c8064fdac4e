"""What is wrong with a form, in words: each error names its field, so that the summary can be read alone."""

import unicodedata
from collections.abc import Callable, Mapping

from services.registration.domain.form import MAXIMUM_LENGTHS, NAMES, PARAGRAPHS
from services.registration.domain.plain_text import FILLERS, shows_nothing

_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")


def explain(errors: Mapping[str, str], _: Callable[..., str]) -> dict[str, str]:
    """From codes by field to sentences by field, in the order of the form. `_` translates."""
    order = sorted(errors, key=list(labels(_)).index)
    return {name: _sentence(name, errors[name], _) for name in order}


def without_hidden(values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, for the form to come back with. Characters that nobody can see are taken out, as the error says."""
    return {name: _visible(name, values.get(name, "")) for name in MAXIMUM_LENGTHS}


def _visible(name: str, text: str) -> str:
    if shows_nothing(text):
        return ""
    kept = (
        character
        for character in text.replace("\r\n", "\n")
        if unicodedata.category(character) not in _HIDDEN or character in _JOINERS or (name in PARAGRAPHS and character == "\n")
    )
    return "".join(character for character in kept if name not in NAMES or character not in FILLERS)


def labels(_: Callable[..., str]) -> dict[str, str]:
    """What the form calls its fields, in its order."""
    return {
        "given_name": _("Given name"),
        "family_name": _("Family name"),
        "certificate_name": _("Name for the certificate"),
        "address": _("Email address"),
        "country": _("Country"),
        "language": _("Language of the mails you receive"),
        "institution": _("Institution or organisation"),
        "position": _("Position"),
        "diet": _("Diet and access needs"),
        "comments": _("Comments"),
    }


def _sentence(name: str, code: str, _: Callable[..., str]) -> str:
    particular = {
        ("address", "required"): _("Enter your email address"),
        ("address", "invalid_address"): _("Enter an email address like name@example.org"),
        ("given_name", "required"): _("Enter your given name"),
        ("family_name", "required"): _("Enter your family name"),
        ("certificate_name", "names_too_long"): _(
            "Name for the certificate: your names are too long for it together, enter it in at most %(most)s characters"
        )
        % {"most": MAXIMUM_LENGTHS[name]},
        ("country", "required"): _("Choose a country from the list"),
        ("country", "unknown_choice"): _("Choose a country from the list"),
        ("language", "required"): _("Choose the language of your mails from the list"),
        ("language", "unknown_choice"): _("Choose the language of your mails from the list"),
    }
    if (name, code) in particular:
        return particular[name, code]
    general = {
        "required": _("%(field)s: this is needed"),
        "too_long": _("%(field)s: at most %(most)s characters, please shorten it"),
        "no_letter": _("%(field)s: write it with letters, in any script"),
        "unreadable_character": _("%(field)s: some letters did not arrive readable, please type them again"),
        "stacked_marks": _("%(field)s: there are too many marks on one letter"),
    }
    sentence = general.get(code, _("%(field)s: a hidden character was in it and has been taken out, please check it"))
    return sentence % {"field": labels(_)[name], "most": MAXIMUM_LENGTHS[name]}
