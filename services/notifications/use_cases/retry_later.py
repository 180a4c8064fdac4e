"""The server did not take a message for now."""

from services.notifications.storage import claims
from services.notifications.storage.claims import Claim
from shared.runtime.database import Connection


async def retry_later(connection: Connection, claim: Claim, *, wait_seconds: float) -> None:
    """Plan a message again, to be tried after so many seconds of real time; this counts as an attempt."""
    await claims.postpone(connection, claim, wait_seconds=wait_seconds)
