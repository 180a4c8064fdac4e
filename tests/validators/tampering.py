"""What somebody may do to a sealed document."""

import io

import pypdf
from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject


def one_byte_changed(pdf: bytes) -> bytes:
    return pdf[:3000] + bytes([pdf[3000] ^ 1]) + pdf[3001:]


def painted_over(pdf: bytes) -> bytes:
    """As a later version of the file: what was sealed is all there, and something else is seen."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf), incremental=True)
    page, paint = writer.pages[0], DecodedStreamObject()
    paint.set_data(b"q 1 1 1 rg 80 300 500 120 re f Q")
    drawn = page.raw_get("/Contents")
    parts = drawn.get_object() if isinstance(drawn.get_object(), ArrayObject) else [drawn]
    page[NameObject("/Contents")] = ArrayObject([*parts, writer._add_object(paint)])
    changed = io.BytesIO()
    writer.write(changed)
    if not changed.getvalue().startswith(pdf):
        raise AssertionError("what was sealed must still be there")
    return changed.getvalue()
