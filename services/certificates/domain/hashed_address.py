"""A mail address that can be recognised by whoever knows it, and be read by nobody."""

import base64
import hashlib
from dataclasses import dataclass
from uuid import UUID

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class HashedAddress:
    """`digest` is the SHA-256 of address and salt, in hexadecimal."""

    digest: str
    salt: str


def salt_of(registration_id: UUID) -> str:
    """It follows from the registration: the same person has another one at every workshop, and the same record always the same hash."""
    return (
        base64.urlsafe_b64encode(hashlib.sha256(b"salt of an address/" + registration_id.bytes).digest()[:_SALT_BYTES]).decode().rstrip("=")
    )


def hash_address(address: str, registration_id: UUID) -> HashedAddress:
    """As Open Badges 3.0 has it (IdentityObject): the salt follows the address, which is in lower case."""
    salt = salt_of(registration_id)
    return HashedAddress(hashlib.sha256(f"{address.strip().lower()}{salt}".encode()).hexdigest(), salt)
