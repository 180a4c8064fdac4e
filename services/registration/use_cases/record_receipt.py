"""Remember which service has acted on which fact."""

from services.registration.storage import outcomes
from shared.contracts.receipts import Receipt
from shared.runtime.database import Connection


async def record_receipt(connection: Connection, service: str, receipt: Receipt, *, sequence: int) -> None:
    """Store the receipt, unless a newer one for the same fact is here.

    Unlike reports about mails, it stays after erasure: it proves that the service has erased.
    """
    await outcomes.save_receipt(connection, service, receipt, sequence=sequence)
