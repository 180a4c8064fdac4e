"""Keep what an organiser triggered for a whole workshop."""

from datetime import datetime
from uuid import UUID

from services.notifications.storage import receipts, wake, workshop_facts
from shared.contracts.workshop_events import WorkshopEvent
from shared.runtime.database import Connection


async def record_workshop_fact(
    connection: Connection, event: WorkshopEvent, *, fact_id: UUID, sequence: int, occurred_at: datetime, correlation_id: str | None
) -> None:
    """Keep a fact, to be included in the workshop's agenda and answered with a receipt when all of its messages are planned."""
    if await receipts.owe_receipt(connection, fact_id=fact_id, workshop_id=event.workshop_id, registration_id=None, fact_type=event.type):
        await workshop_facts.store_fact(
            connection, fact_id, event, sequence=sequence, occurred_at=occurred_at, correlation_id=correlation_id
        )
        await wake.wake(connection, wake.PLANS)
