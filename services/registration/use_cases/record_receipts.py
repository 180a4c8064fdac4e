"""Remember which service has acted on which fact."""

from collections.abc import Sequence

from services.registration.storage import outcomes
from shared.contracts.receipts import Receipt
from shared.runtime.database import Connection


async def record_receipts(connection: Connection, service: str, told: Sequence[tuple[Receipt, int]]) -> None:
    """Store receipts with their numbers, unless a newer one for the same fact is here.

    Unlike reports about mails, they stay after erasure: they prove that the service has erased.
    """
    await outcomes.save_receipts(connection, service, told)
