"""Keep the newest record of a workshop."""

from datetime import datetime

from services.notifications.storage import wake, workshops
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


async def record_workshop(connection: Connection, record: WorkshopRecorded, *, recorded_at: datetime) -> None:
    """Keep a record, so that the workshop's agenda is computed again. `recorded_at` is the business time of the record."""
    if await workshops.store_workshop(connection, record, recorded_at=recorded_at):
        await wake.wake(connection, wake.PLANS, wake.MESSAGES)
