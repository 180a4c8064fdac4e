"""Passwords, hashed with argon2id. A hash takes tens of milliseconds and 64 MiB: call from a thread."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 1000
"""Beyond it a password is simply wrong: hashing megabytes is work for an attacker to hand out."""

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """A salted hash that names its own parameters."""
    return _HASHER.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether the password is the one that was hashed."""
    if len(password) > MAXIMUM_LENGTH:
        return False
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def spend_the_time_of_a_check(password: str) -> None:
    """Check against a hash that nobody has, so that an unknown account answers no faster than a known one."""
    verify_password(_nobodys_hash(), password)


@cache
def _nobodys_hash() -> str:
    return hash_password("the password of nobody")
