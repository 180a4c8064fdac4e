"""Sets one certificate: words in, PDF out. The same words always give the same bytes."""

import json
import unicodedata
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Literal

import typst
import zxingcpp

from services.certificates.document.typeface import BOLD_FAMILIES, FAMILIES, Coverage
from services.certificates.document.wording import Wording

_TEMPLATE = Path(__file__).with_name("template.typ")


class UnsettableError(ValueError):
    """This certificate cannot be set as it is; the text says why, in words for organisers that repeat nothing but single characters."""


class Typesetter:
    """A compiler that is made once and kept.

    Args:
        font_directory: where the typeface's files are. No other font is ever used.
    """

    def __init__(self, font_directory: Path) -> None:
        self._coverage = Coverage(font_directory)
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_directory])
        self._compiler = typst.Compiler(_TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts)

    def missing_in(self, text: str) -> list[str]:
        """The characters that cannot be set."""
        return list(self._coverage.missing_in(text))

    def pdf(self, wording: Wording, credential: bytes | None = None) -> bytes:
        """The certificate as PDF/A-3a and PDF/UA-1 in one, with its credential as a file in it.

        Raises UnsettableError rather than print a blank box or a second page.
        """
        document = self._compile(wording, output_format="pdf", credential=credential)
        assert isinstance(document, bytes)  # noqa: S101 - one page, one document
        return document

    def png(self, wording: Wording, *, pixels_per_inch: float) -> bytes:
        """The page as an image."""
        image = self._compile(wording, output_format="png", pixels_per_inch=pixels_per_inch)
        return image if isinstance(image, bytes) else image[0]

    def _compile(
        self,
        wording: Wording,
        *,
        output_format: Literal["pdf", "png"],
        pixels_per_inch: float | None = None,
        credential: bytes | None = None,
    ) -> bytes | list[bytes]:
        missing = list(dict.fromkeys(character for text in wording.texts() for character in self._coverage.missing_in(text)))
        if missing:
            raise UnsettableError("The typeface has no glyph for " + ", ".join(map(_described, missing)))
        content = asdict(wording) | {
            "families": FAMILIES,
            "bold_families": BOLD_FAMILIES,
            "rightwards": not _is_written_leftwards(wording.name),
            "date": (wording.day.year, wording.day.month, wording.day.day),
            "day": wording.day.isoformat(),
            "qr": _qr_code(wording.verify_url),
            "credential": credential.decode() if credential else "",
        }
        try:
            made, warnings = self._compiler.compile_with_warnings(
                format=output_format,
                ppi=pixels_per_inch,
                # For archives (PDF/A-3, level A: ISO 19005-3), and for those who read by ear (PDF/UA-1: ISO 14289-1)
                pdf_standards=["a-3a", "ua-1"] if output_format == "pdf" else None,
                sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
                timestamp=datetime.combine(wording.day, time(), UTC),
            )
        except typst.TypstError as error:
            # Its diagnostic would quote the input, and so does what it says of a standard that the text would break
            broken = error.message.startswith("PDF/")
            raise UnsettableError("It would not keep PDF/A-3a and PDF/UA-1" if broken else error.message) from None
        if warnings:  # such as a family that was not found, which would leave a page without a word
            raise RuntimeError("; ".join(warning.message for warning in warnings))
        assert made is not None  # noqa: S101 - no output file was named
        return made


def _is_written_leftwards(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left (Unicode Standard Annex 9, rules P2 and P3)."""
    found = (direction for letter in text if (direction := unicodedata.bidirectional(letter)) in {"L", "R", "AL"})
    return next(found, "L") != "L"


def _described(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'unnamed')})"


def _qr_code(address: str) -> str:
    """The address as a QR code, in SVG, with the four modules of quiet zone that scanners need."""
    code = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn: str = zxingcpp.write_barcode_to_svg(code, scale=1, add_quiet_zones=True)
    return drawn.replace("#000000", "#1d2530")
