"""The pair of keys that organisers' sessions are signed and verified with (Ed25519, RFC 8032), as PEM files."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PRIVATE = "session-private.pem"
PUBLIC = "session-public.pem"


def ensure_session_keys(directory: Path) -> None:
    """Make the pair where there is none. The public file is written last, so that its presence says that both are there."""
    if (directory / PUBLIC).exists():
        return
    key = Ed25519PrivateKey.generate()
    write_once(directory / PRIVATE, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_once(directory / PUBLIC, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def write_once(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
