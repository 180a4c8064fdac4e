"""Answer facts whose effect is finished with receipts."""

from datetime import datetime

from services.notifications.storage import receipts
from services.notifications.use_cases.tell_fates import SOURCE
from shared.contracts.notifications import NotificationsActed
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def acknowledge_facts(connection: Connection, *, limit: int, now: datetime) -> bool:
    """Publish receipts for at most `limit` facts. False if none is due."""
    due = await receipts.lock_due_receipts(connection, limit=limit)
    if not due:
        return False
    await receipts.settle_receipts(connection, [receipt.fact_id for receipt in due], now=now)
    await publish(
        connection,
        [
            NotificationsActed(
                workshop_id=receipt.workshop_id,
                registration_id=receipt.registration_id,
                fact_id=receipt.fact_id,
                fact_type=receipt.fact_type,
                acted_at=now,
                effects=receipt.effects,
            )
            for receipt in due
        ],
        source=SOURCE,
        now=now,
    )
    return True
