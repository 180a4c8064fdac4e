"""The credential that lies in a certificate's PDF."""

from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

MOST_BYTES = 65_536
"""Of a credential; ours have some four thousand."""


def attached_credential(pdf: bytes) -> str | None:
    """As it was embedded; None where the document has none, as those from before there were any.

    Raises whatever pyHanko does for a broken file, and ValueError for something that cannot be a credential.
    """
    root = PdfFileReader(BytesIO(pdf)).root
    if "/AF" not in root:
        return None
    content: bytes = root["/AF"][0]["/EF"]["/F"].data
    if len(content) > MOST_BYTES:
        raise ValueError("too large for a credential")
    return content.decode()
