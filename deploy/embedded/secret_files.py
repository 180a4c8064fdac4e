"""Passwords and keys of one data directory: made once, readable by their owner only."""

import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from deploy.embedded.errors import LaunchError

NAMES = ("postgres", "registration", "notifications", "certificates", "link_secret")


class SecretFiles:
    """`passwords` of the database users (the administrator is `postgres`) and the secret that signs links."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "secrets"
        self.session_private_key = self._directory / "session-private.pem"
        self.session_public_key = self._directory / "session-public.pem"
        self.passwords: dict[str, str] = {}

    def load(self, *, data_exists: bool) -> None:
        """Read them, or make them for an empty data directory.

        Raises LaunchError when there is data whose secrets are gone: new ones would not open it.
        """
        file = self._directory / "secrets.json"
        if file.exists():
            self.passwords = json.loads(file.read_text())
            return
        if data_exists:
            raise LaunchError(
                f"{file} is missing, and the database cannot be opened without it.",
                way_out=f"restore it from a backup, or move {self._directory.parent} away to start empty",
            )
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        _write(self.session_private_key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(self.session_public_key, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        self.passwords = {name: secrets.token_urlsafe(32) for name in NAMES}
        # Last, so that its presence says that all are there.
        _write(file, json.dumps(self.passwords, indent=2).encode())


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
