"""Note that a workshop was completed; those who met its rule get a certificate."""

from datetime import datetime

from services.certificates.storage import receipts, workshops
from services.certificates.storage.receipts import Fact
from shared.runtime.database import Connection


async def record_completion(connection: Connection, fact: Fact, *, completed_at: datetime, correlation_id: str | None) -> None:
    """Note it. The receipt follows when the certificates are issued."""
    await workshops.save_completion(connection, fact.workshop_id, completed_at, correlation_id=correlation_id)
    await receipts.open_receipt(connection, fact)
