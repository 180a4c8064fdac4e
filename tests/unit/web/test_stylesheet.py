"""The stylesheet's promises that a machine can check: contrast in both schemes, and nothing fetched from elsewhere."""

import re

import pytest

from shared.web.pages import STYLESHEET

CSS = STYLESHEET.decode()
TEXT_PAIRS = [(ink, ground) for ink in ("ink", "soft", "accent", "rose", "good", "waiting", "wrong") for ground in ("paper", "card")] + [
    ("accent-ink", "accent"),
    ("card", "wrong"),
]


def tokens() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    return {name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for name, block in (("light", light), ("dark", dark))}


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read(scheme: str, ink: str, ground: str) -> None:
    colours = tokens()[scheme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edges_of_fields_can_be_seen(scheme: str) -> None:
    colours = tokens()[scheme]
    assert contrast(colours["edge"], colours["card"]) >= 3
    assert contrast(colours["edge"], colours["paper"]) >= 3


def test_nothing_is_fetched() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert "@font-face" not in CSS
