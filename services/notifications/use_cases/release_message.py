"""Give a claimed message back."""

from services.notifications.storage import claims
from services.notifications.storage.claims import Claim
from shared.runtime.database import Connection


async def release_message(connection: Connection, claim: Claim, *, wait_seconds: float = 0) -> None:
    """Plan a message again of which the caller knows that nothing was handed over. It counts as no attempt; `wait_seconds` is real time."""
    await claims.release(connection, claim, wait_seconds=wait_seconds)
