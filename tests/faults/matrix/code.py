"""Which code was played: two halves of two products prove nothing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from deploy.embedded.locations import CHECKOUT

PLAYED = ("services", "shared", "deploy", "tests/faults/matrix")
SUFFIXES = {".py", ".sql", ".html", ".typ", ".txt", ".po", ".json"}


def digest() -> str:
    """Of everything that is played and that plays."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(f"{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    for folder in PLAYED:
        yield from sorted(path for path in (CHECKOUT / folder).rglob("*") if path.suffix in SUFFIXES and path.is_file())
