"""API tokens: 256 random bits, stored as a hash."""

import hashlib
import secrets

PREFIX = "atelier_"
"""So that a token found in a log or a repository is recognised for what it is."""


def new_token() -> str:
    """A token to be shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is stored. A plain hash is enough for a secret that cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()
