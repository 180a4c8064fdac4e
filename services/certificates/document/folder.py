"""A folder with certificates' PDF files, as a backup keeps them: named by serial or by SHA-256."""

import hashlib
from pathlib import Path

from services.certificates.document.later_versions import sealed_length


class DocumentFolder:
    """Files are recognised by the bytes that were issued, whatever follows them: what the name says only tells where to look."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, serial: str, sha256: str) -> bytes | None:
        """The document whose first bytes, or all, are exactly these, or None."""
        for name in (serial, sha256):
            file = self._path / f"{name}.pdf"
            if file.is_file() and issued_part(pdf := file.read_bytes(), sha256):
                return pdf
        return None

    def holds(self, serial: str, length: int | None = None) -> bool:
        """Whether there is a file of this name, and of this length if one is given. Where `find` found nothing, it has other bytes."""
        file = self._path / f"{serial}.pdf"
        return file.is_file() and length in {None, file.stat().st_size}

    def save(self, serial: str, pdf: bytes) -> None:
        """Write a document, complete or not at all."""
        self._path.mkdir(parents=True, exist_ok=True)
        part = self._path / f"{serial}.part"
        part.write_bytes(pdf)
        part.replace(self._path / f"{serial}.pdf")

    def remove(self, serial: str) -> bool:
        """Delete a document. False if it was not there."""
        file = self._path / f"{serial}.pdf"
        if not file.is_file():
            return False
        file.unlink()
        return True


def issued_part(pdf: bytes, sha256: str) -> bytes | None:
    """The bytes of a file that were issued, by their sum: all, or those up to the end of its seal. None where neither has the sum."""
    if hashlib.sha256(pdf).hexdigest() == sha256:
        return pdf
    try:
        sealed = pdf[: sealed_length(pdf)]
    except Exception:  # noqa: BLE001 - a parser fails in many ways
        return None
    return sealed if hashlib.sha256(sealed).hexdigest() == sha256 else None
