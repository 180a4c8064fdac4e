"""A folder with certificates' PDF files, as a backup keeps them: named by serial or by SHA-256."""

import hashlib
from pathlib import Path


class DocumentFolder:
    """Files are recognised by their bytes: what the name says only tells where to look."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, serial: str, sha256: str) -> bytes | None:
        """The document with exactly these bytes, or None."""
        for name in (serial, sha256):
            file = self._path / f"{name}.pdf"
            if file.is_file() and hashlib.sha256(pdf := file.read_bytes()).hexdigest() == sha256:
                return pdf
        return None

    def holds(self, serial: str) -> bool:
        """Whether there is a file of this name. Where `find` found nothing, it has other bytes."""
        return (self._path / f"{serial}.pdf").is_file()

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
