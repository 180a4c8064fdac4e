"""poppler, which most of Linux shows PDF files with, as a judge of seals. It comes from the system's packages."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

TOOLS = ("pdfsig", "pdfdetach", "certutil", "crlutil")
REQUIRED = "ATELIER_REQUIRE_POPPLER"
"""Set where a skip is a failure."""


@dataclass(frozen=True)
class Verdict:
    """Of the first signature, in the words of pdfsig, without what comes before the colon. Whole is what any of them covers to the end."""

    signature: str
    certificate: str
    is_whole: bool

    @property
    def passed(self) -> bool:
        return (self.signature, self.certificate, self.is_whole) == ("Signature is Valid.", "Certificate is Trusted.", True)


def skip_without() -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        words = f"NO POPPLER: {', '.join(missing)} not found. Install them (Debian: apt install poppler-utils libnss3-tools)."
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(words)


def judge(documents: Sequence[Path], *, root: Path, revoked: Path) -> dict[str, Verdict]:
    """By name of file. `root` is trusted, `revoked` is its list (both DER)."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        store = f"sql:{folder}"
        commands = (
            ("certutil", "-N", "--empty-password"),
            ("certutil", "-A", "-n", "root", "-t", "CT,C,C", "-i", str(root)),
            ("crlutil", "-I", "-t", "1", "-i", str(revoked)),
        )
        for tool, *options in commands:
            subprocess.run([tool, "-d", store, *options], check=True, capture_output=True, timeout=60)
        for document in documents:
            said = subprocess.run(
                ["pdfsig", "-nssdir", store, str(document)], capture_output=True, text=True, check=False, timeout=60
            ).stdout
            lines = dict(line.strip(" -").partition(": ")[::2] for line in reversed(said.splitlines()))
            found[document.name] = Verdict(
                lines.get("Signature Validation", ""), lines.get("Certificate Validation", ""), "- Total document signed" in said
            )
    return found
