"""Create an organiser's account."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

from services.registration.domain.actor import OPERATOR
from services.registration.domain.address import InvalidAddressError, read_address
from services.registration.domain.names import find_name_problem
from services.registration.domain.passwords import MINIMUM_LENGTH, hash_password
from services.registration.domain.plain_text import one_line
from services.registration.domain.refusals import InvalidFieldError
from services.registration.storage import audit_log, organisers
from services.registration.storage.audit_log import Change
from services.registration.storage.organisers import Organiser
from shared.runtime.database import Connection

ROLE = "organiser"


async def create_organiser(connection: Connection, address: str, name: str, password: str, *, now: datetime) -> UUID:
    """Store the account with an argon2id hash of the password.

    Raises:
        InvalidFieldError: `address`, `name` or `password` is not acceptable, or the address has an account.
    """
    try:
        parsed = read_address(address)
    except InvalidAddressError:
        raise InvalidFieldError("address", "is not a mail address") from None
    name = one_line(name)
    if not name or find_name_problem(name) is not None:
        raise InvalidFieldError("name", "is empty or contains characters that a name cannot have")
    if len(password) < MINIMUM_LENGTH:
        raise InvalidFieldError("password", f"needs at least {MINIMUM_LENGTH} characters")
    password_hash = await asyncio.to_thread(hash_password, password)
    organiser = Organiser(id=uuid4(), address=parsed.written, name=name, role=ROLE, password_hash=password_hash)
    if not await organisers.insert(connection, organiser, parsed.key, now=now):
        raise InvalidFieldError("address", "has an account already")
    await audit_log.append(connection, OPERATOR, [Change("organiser.create", details={"organiser": str(organiser.id)})], now=now)
    return organiser.id
