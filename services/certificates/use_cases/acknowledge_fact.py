"""Answer a fact for which nothing is to be done here, so that organisers see that it was read."""

from datetime import datetime

from services.certificates.storage import receipts
from services.certificates.storage.receipts import Fact
from services.certificates.use_cases.source import SOURCE
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def acknowledge_fact(connection: Connection, fact: Fact, *, now: datetime) -> None:
    """Publish the receipt, the first time."""
    if await receipts.open_receipt(connection, fact):
        receipt = await receipts.close_receipt(connection, fact.fact_id, effects={}, now=now)
        if receipt:
            await publish(connection, [receipt], source=SOURCE, now=now)
