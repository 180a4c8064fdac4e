"""The credential that lies in a certificate's PDF."""

from io import BytesIO

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader


def attached_credential(pdf: bytes) -> str | None:
    """As it was embedded; None where the document has none, as those from before there were any."""
    try:
        associated = PdfFileReader(BytesIO(pdf)).root["/AF"]
        content: bytes = associated[0]["/EF"]["/F"].data
    except (PdfError, KeyError, IndexError, ValueError):
        return None
    return content.decode()
