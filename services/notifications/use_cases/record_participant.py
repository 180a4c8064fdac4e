"""Keep whom to write to."""

from services.notifications.storage import participants, wake
from shared.contracts.participants import ParticipantRecorded
from shared.runtime.database import Connection


async def record_participant(connection: Connection, record: ParticipantRecorded) -> None:
    """Keep a participant's newest record: messages may have waited for it."""
    await participants.store_participant(connection, record)
    await wake.wake(connection, wake.MESSAGES)
