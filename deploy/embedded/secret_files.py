"""Passwords and keys of one data directory: made once, readable by their owner only."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.errors import LaunchError
from deploy.embedded.session_keys import PRIVATE, PUBLIC, ensure_session_keys, write_once

NAMES = ("postgres", "registration", "notifications", "certificates", "link_secret")


class SecretFiles:
    """`passwords` of the database users (the administrator is `postgres`) and the secret that signs links."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "secrets"
        self.session_private_key = self._directory / PRIVATE
        self.session_public_key = self._directory / PUBLIC
        self.certificate_keys = self._directory / "certificates"
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
        ensure_session_keys(self._directory)
        self.passwords = {name: secrets.token_urlsafe(32) for name in NAMES}
        # Last, so that its presence says that all are there.
        write_once(file, json.dumps(self.passwords, indent=2).encode())

    def write(self, name: str, content: Mapping[str, object]) -> None:
        """Keep something else here that only the owner may read, in place of what was there."""
        write_once(self._directory / name, json.dumps(content, indent=2).encode())
