"""What a workshop's certificate may look like: whether a template that an organiser wrote can be used."""

from collections.abc import Iterator

from shared.contracts.certificate_template import CertificateTemplate

MOST_LOGOS = 4
MOST_SIGNATORIES = 4
MOST_LETTERS = {"heading": 80, "certifies": 120, "took_part": 120, "more": 400, "name": 80, "role": 120, "alternative": 120}
"""By field."""
LEAST_CONTRAST = 4.5
"""Of a colour to white paper, as WCAG 2.2 asks for text (success criterion 1.4.3)."""

_LINEAR_BELOW = 0.04045
_CONTROLS = frozenset(map(chr, (*range(32), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def problems(template: CertificateTemplate) -> Iterator[tuple[str, str]]:
    """What is wrong with a template: the field as the form names it, and a code."""
    if contrast_to_white(template.accent) < LEAST_CONTRAST:
        yield "accent", "too_light"
    for prefix, by_language in (("", template.words), ("trainer-", template.trainer_words)):
        for language, words in by_language.items():
            for field in ("heading", "certifies", "took_part", "more"):
                yield from _text(f"{prefix}{field}-{language}", field, getattr(words, field))
    for number, logo in enumerate(template.logos, start=1):
        name = f"logo-{number}-alternative"
        if not logo.alternative:
            yield name, "missing"
        yield from _text(name, "alternative", logo.alternative)
    for number, signatory in enumerate(template.signatories, start=1):
        name = f"signatory-{number}"
        if not signatory.name:
            yield name, "missing"
        yield from _text(name, "name", signatory.name)
        for language, role in signatory.role.items():
            yield from _text(f"{name}-role-{language}", "role", role)


def contrast_to_white(colour: str) -> float:
    """The contrast ratio of `#rrggbb` to white, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    return 1.05 / (_luminance(colour) + 0.05)


def _text(name: str, field: str, text: str) -> Iterator[tuple[str, str]]:
    if len(text) > MOST_LETTERS[field]:
        yield name, "too_long"
    if _CONTROLS & set(text):
        yield name, "control"


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, with the threshold of IEC 61966-2-1)."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
