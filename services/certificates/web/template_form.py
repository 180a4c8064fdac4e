"""From the form in which an organiser writes a template to the template, and back."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile

from services.certificates.document.logo import NotAPictureError, read_kept, read_picture
from services.certificates.document.wording import LANGUAGES, USUAL
from services.certificates.domain.certificate_template import MOST_LOGOS, MOST_SIGNATORIES, problems
from shared.contracts.certificate_template import CertificateTemplate, Kind, Logo, Signatory, Words

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LINES = ("heading", "certifies", "took_part", "more")
_ORIENTATIONS = ("landscape", "portrait")


@dataclass(slots=True)
class Filled:
    """What was filled in: a template as near to it as can be, codes of what is wrong by field, and the version that was started from.

    `logos` are the template's by their places in the form, and what belongs to those that are missing: an alternative text.
    """

    template: CertificateTemplate
    version: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    logos: Sequence[tuple[Logo | None, str]] = ()


async def read_form(form: FormData) -> Filled:
    """Take in a form. What is wrong is named by its field; the rest stands."""
    errors: dict[str, str] = {}
    texts = {name: " ".join(value.split()) for name, value in form.multi_items() if isinstance(value, str) and not name.endswith("-kept")}
    logos = [await _logo(form, texts, number, errors) for number in range(1, MOST_LOGOS + 1)]
    template = CertificateTemplate(
        kind=Kind.ACHIEVEMENT if texts.get("kind") == Kind.ACHIEVEMENT else Kind.PARTICIPATION,
        orientation="portrait" if texts.get("orientation") == _ORIENTATIONS[1] else "landscape",
        accent=_colour(texts.get("accent", ""), errors),
        ornament="ornament" in texts,
        logos=tuple(logo for logo, _ in logos if logo),
        signatories=tuple(signatory for number in range(1, MOST_SIGNATORIES + 1) if (signatory := _signatory(texts, number))),
        words={language: words for language in LANGUAGES if (words := _words(texts, "", language)) != Words()},
        trainer_words={language: words for language in LANGUAGES if (words := _words(texts, "trainer-", language)) != Words()},
    )
    places = [number for number, (logo, _) in enumerate(logos, start=1) if logo]
    for name, code in problems(template):
        errors.setdefault(_in_form(name, places), code)
    version = texts.get("version", "")
    return Filled(template, int(version) if version.isascii() and version.isdigit() and len(version) <= _DIGITS else 0, errors, logos)


_DIGITS = 6


def _in_form(name: str, places: Sequence[int]) -> str:
    """The template counts the logos that are there, the form the places for them."""
    if not name.startswith("logo-"):
        return name
    _, number, rest = name.split("-", 2)
    return f"logo-{places[int(number) - 1]}-{rest}"


def _colour(value: str, errors: dict[str, str]) -> str:
    if _COLOUR.fullmatch(value.lower()):
        return value.lower()
    errors["accent"] = "no_colour"
    return USUAL.accent


def _words(texts: Mapping[str, str], prefix: str, language: str) -> Words:
    return Words(**{line: texts.get(f"{prefix}{line}-{language}", "") for line in _LINES})


def _signatory(texts: Mapping[str, str], number: int) -> Signatory | None:
    name = texts.get(f"signatory-{number}", "")
    role = {language: role for language in LANGUAGES if (role := texts.get(f"signatory-{number}-role-{language}", ""))}
    return Signatory(name=name, role=role) if name or role else None


async def _logo(form: FormData, texts: Mapping[str, str], number: int, errors: dict[str, str]) -> tuple[Logo | None, str]:
    name = f"logo-{number}"
    file, kept, alternative = form.get(name), form.get(f"{name}-kept"), texts.get(f"{name}-alternative", "")
    content = await file.read() if isinstance(file, UploadFile) else b""
    logo = None
    try:
        if isinstance(kept, str) and kept and f"{name}-remove" not in texts:
            logo = read_kept(kept, alternative)
        if content:
            # Beside the loop: large pictures take their time
            logo = await asyncio.to_thread(read_picture, content, alternative)
    except NotAPictureError as error:
        errors[name] = error.code
    if logo is None and alternative and f"{name}-remove" not in texts:
        errors.setdefault(name, "no_file")
    return logo, alternative
