"""Keep whom to write to."""

from collections.abc import Sequence

from services.notifications.storage import participants, wake
from shared.contracts.participants import ParticipantRecorded
from shared.runtime.database import Connection


async def record_participants(connection: Connection, records: Sequence[ParticipantRecorded]) -> None:
    """Keep the newest record of each: messages may have waited for it."""
    await participants.store_participants(connection, records)
    await wake.wake(connection, wake.MESSAGES)
