"""Sign an organiser in."""

import asyncio

from services.registration.domain.address import InvalidAddressError, read_address
from services.registration.domain.passwords import hash_password, is_outdated, spend_the_time_of_a_check, verify_password
from services.registration.storage import organisers
from services.registration.storage.organisers import Organiser
from shared.runtime.database import Connection


async def sign_in(connection: Connection, address: str, password: str) -> Organiser | None:
    """The account, where the password is right. An unknown address takes as long as a wrong password and says no more."""
    try:
        organiser = await organisers.find_by_address(connection, read_address(address).key)
    except InvalidAddressError:
        organiser = None
    if organiser is None:
        await asyncio.to_thread(spend_the_time_of_a_check, password)
        return None
    if not await asyncio.to_thread(verify_password, organiser.password_hash, password):
        return None
    if is_outdated(organiser.password_hash):
        await organisers.replace_password_hash(connection, organiser.id, await asyncio.to_thread(hash_password, password))
    return organiser
