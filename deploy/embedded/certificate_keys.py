"""The keys of certificates, for trial use: made where there are none."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from services.certificates.document.keys import REVOKED, ROOT
from services.certificates.document.making_keys import make_keys

ORGANISATION = "Atelier, for trial use"


def ensure_certificate_keys(directory: Path, public_url: str) -> None:
    """Make them unless the newest private one, which is written last, is there."""
    if not any(directory.glob("credential-*.key")):
        make_keys(directory, organisation=ORGANISATION, public_url=public_url, now=datetime.now(UTC))


def copy_public(directory: Path, to: Path) -> None:
    """What the web process needs, without anything that signs."""
    named = [file for pattern in ("credential-*.pub", "seal-*.crt", "trusted-*.crt") for file in directory.glob(pattern)]
    for file in (directory / ROOT, directory / REVOKED, *named):
        shutil.copyfile(file, to / file.name)
