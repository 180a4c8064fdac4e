"""The one family in which certificates are set, and where its files come from.

Noto Serif, which has Latin, Cyrillic and Greek, and its Armenian, Georgian, Hebrew and Arabic companions are drawn to stand beside each
other, under one licence (SIL Open Font License 1.1). The files are not part of this tree: whoever starts the service fetches SOURCE, takes
FILES out of it, and names the folder in the settings.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont

_SAME_IN_BOTH = (
    "Noto Serif107uh",
    "Noto Serif Armenian2040GOOGnoto-fonts20170220a8a215d2e889",
    "Noto Serif Georgian106uh",
    "Noto Serif Hebrew2001GOOGnoto-fonts20170411ccf1b90dd419",
)
FAMILIES = (*_SAME_IN_BOTH, "Noto Naskh Arabic108uh")
BOLD_FAMILIES = (*_SAME_IN_BOTH, "Noto Naskh Arabic107uh")
"""The names that the files themselves bear, in the order in which a letter is looked for; this edition appends its version to each."""


@dataclass(frozen=True, slots=True)
class Source:
    """A Maven artifact that holds the files under `folder`; `size` in bytes."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str
    folder: str


SOURCE = Source(
    group="org.robolectric",
    artifact="nativeruntime-dist-compat",
    version="1.0.17",
    size=157_996_140,
    sha256="4327201eeee6a50f534ef5fb26a61f54bf9c2c9efeaab842a814e7da4ee58994",
    folder="fonts",
)

FILES: Mapping[str, str] = {
    "NotoSerif-Regular.ttf": "fef9e2143c4b7523b04fdf7ffcc8cc43a71bb663d5cdb69d48164e3f2a435d22",
    "NotoSerif-Bold.ttf": "9f76deb9cae82866093840c68ca7b77598deacb0911e99443f7affc6e5be2026",
    "NotoSerifArmenian-Regular.ttf": "2551b64f9b52b44eae3e733b96005d581367adfc82514d09a34a7c5979e7a724",
    "NotoSerifArmenian-Bold.ttf": "3526528e2f4ade546980583bf5f8e290429b7bb9dcf4b8d62988bab009a065de",
    "NotoSerifGeorgian-Regular.ttf": "a82ec3061bb6202a3c9c0334e00c46770bfa6ce72e894f75ee5a165f1ffc08d5",
    "NotoSerifGeorgian-Bold.ttf": "5193c2ba01ec28377b25ca759cddb897c6d765d983041d804b3f41e1b55be082",
    "NotoSerifHebrew-Regular.ttf": "2a9165fb785e27aa04d4107448f6a54661a71f649c264ff9df78fa3645eac518",
    "NotoSerifHebrew-Bold.ttf": "1b18067a979f9dbfb36dbf0c188a723e5df0c0d1a3f802c7cd8f395ee66c378c",
    "NotoNaskhArabic-Regular.ttf": "baceac3cac3dbad86efa222ffffad62676834b36bddc0cd3e0fd5e4b545e90cf",
    "NotoNaskhArabic-Bold.ttf": "3045de74f5e78ccd2b9ef499609a9032979cdcba578a2a9b88547a10b1d100af",
}
"""File name and SHA-256."""

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Unicode categories of what would not be seen, or would turn what is beside it around."""
_SHAPING = frozenset("\u200c\u200d\u200e\u200f")
"""Joiners and marks of direction, which are a part of how names are written from right to left; the form lets them pass where they are."""


class TypefaceMissingError(RuntimeError):
    """The folder does not hold the files of the family, or other ones."""


class Coverage:
    """Which characters the family can set.

    Args:
        folder: where the files are.

    Raises TypefaceMissingError when one is not there or is not the file that was pinned: a certificate must look the same everywhere.
    """

    def __init__(self, folder: Path) -> None:
        covered: dict[str, set[int]] = {"Regular": set(), "Bold": set()}
        for name, checksum in FILES.items():
            path = folder / name
            if not path.is_file():
                raise TypefaceMissingError(
                    f"{name} is not in {folder}: fetch the certificate fonts, then name their folder in the settings"
                )
            if hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
                raise TypefaceMissingError(f"{path} is not the pinned file")
            with TTFont(path, lazy=True) as font:
                covered[path.stem.rpartition("-")[2]].update(font.getBestCmap())
        self._covered = covered["Regular"] & covered["Bold"]

    def missing_in(self, text: str) -> Iterator[str]:
        """The characters of `text` that have no glyph, each once, in order of appearance."""
        seen: set[str] = set()
        for character in text:
            is_seen = character in _SHAPING or unicodedata.category(character) not in _INVISIBLE
            is_set = ord(character) in self._covered and is_seen
            if not character.isspace() and not is_set and character not in seen:
                seen.add(character)
                yield character
