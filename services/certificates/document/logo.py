"""Takes in a picture that somebody uploaded: small, plain, and without whatever else was in its file."""

import base64
import io

from PIL import Image, ImageOps

from shared.contracts.certificate_template import Logo

MOST_BYTES = 4_000_000
_MOST_PIXELS = 25_000_000
_LARGEST = (1200, 480)
"""Pixels in which a logo is kept: sharp at the 14 mm in which it is printed."""
_MOST_KEPT = 120_000
"""Bytes. Four of them, as text, fit into one record of Kafka."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_COLOURS = (256, 64)


class NotAPictureError(ValueError):
    """`code` says why: no_picture, too_large, or too_detailed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_picture(file: bytes, alternative: str) -> Logo:
    """Make a logo of a PNG, JPEG, WebP or GIF file. The same file gives the same logo. Raises NotAPictureError."""
    if len(file) > MOST_BYTES:
        raise NotAPictureError("too_large")
    try:
        with Image.open(io.BytesIO(file), formats=_FORMATS) as opened:
            _refuse_large(opened)
            upright = ImageOps.exif_transpose(opened)
            picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except NotAPictureError:
        raise
    except Image.DecompressionBombError:
        raise NotAPictureError("too_large") from None
    except Exception:  # noqa: BLE001 - a decoder may trip over a crafted file in any way
        raise NotAPictureError("no_picture") from None
    picture.thumbnail(_LARGEST, Image.Resampling.LANCZOS)
    png = _smallest(picture)
    return Logo(png=base64.b64encode(png).decode(), width=picture.width, height=picture.height, alternative=alternative)


def _refuse_large(picture: Image.Image) -> None:
    if picture.width * picture.height > _MOST_PIXELS:
        raise NotAPictureError("too_large")


def read_kept(png: str, alternative: str) -> Logo:
    """A logo that came back with the form, as it is. Raises NotAPictureError where it is not one of ours any more."""
    try:
        file = base64.b64decode(png, validate=True)
        with Image.open(io.BytesIO(file), formats=["PNG"]) as opened:
            fits = len(file) <= _MOST_KEPT and opened.width <= _LARGEST[0] and opened.height <= _LARGEST[1]
            opened.verify()
    except Exception:  # noqa: BLE001 - as above
        raise NotAPictureError("no_picture") from None
    if not fits:
        raise NotAPictureError("no_picture")
    return Logo(png=png, width=opened.width, height=opened.height, alternative=alternative)


def _smallest(picture: Image.Image) -> bytes:
    """As PNG: with all its colours, or with fewer where it would be too large."""
    png = _png(picture)
    for colours in _COLOURS:
        if len(png) <= _MOST_KEPT:
            break
        png = _png(picture.quantize(colours, method=Image.Quantize.FASTOCTREE))
    if len(png) > _MOST_KEPT:
        raise NotAPictureError("too_detailed")
    return png


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
