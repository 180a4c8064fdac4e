"""Forget whom to write to."""

from uuid import UUID

from services.notifications.storage import participants
from shared.runtime.database import Connection


async def remove_participant(connection: Connection, registration_id: UUID) -> None:
    """Delete a participant's record. Messages that wait for it go on waiting until the erasure's own fact ends them."""
    await participants.delete_participant(connection, registration_id)
