"""Create a token with which a program acts for an organiser."""

from datetime import datetime
from uuid import uuid4

from services.registration.domain.actor import OPERATOR
from services.registration.domain.address import InvalidAddressError, read_address
from services.registration.domain.plain_text import find_problem, one_line
from services.registration.domain.refusals import InvalidFieldError, NotFoundError
from services.registration.domain.tokens import hash_token, new_token
from services.registration.storage import audit_log, organisers
from services.registration.storage.audit_log import Change
from shared.runtime.database import Connection


async def create_api_token(connection: Connection, address: str, name: str, *, now: datetime) -> str:
    """Make a token for the account of an address. It is returned here and never again: only its hash is stored.

    Raises:
        NotFoundError: the address has no account.
        InvalidFieldError: the token's name is empty or contains what a name cannot.
    """
    try:
        key = read_address(address).key
    except InvalidAddressError:
        raise NotFoundError("This address has no organiser's account.") from None
    organiser = await organisers.find_by_address(connection, key)
    if organiser is None:
        raise NotFoundError("This address has no organiser's account.")
    name = one_line(name)
    if not name or find_problem(name) is not None:
        raise InvalidFieldError("name", "is empty or contains characters that a name cannot have")
    token, token_id = new_token(), uuid4()
    await organisers.insert_token(connection, token_id, organiser.id, name, hash_token(token), now=now)
    await audit_log.append(connection, OPERATOR, [Change("token.create", details={"token": str(token_id)})], now=now)
    return token
