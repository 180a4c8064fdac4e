"""Answer a workshop's completion when the certificates of all who earned one are issued, and again when their number changes later."""

from datetime import datetime

from services.certificates.storage import receipts
from services.certificates.use_cases.source import SOURCE
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def answer_completion(connection: Connection, *, now: datetime) -> bool:
    """Publish one receipt whose work is done for what is there. Returns whether there was one to look at.

    What is told last counts the certificates that are valid in the end, whatever was read before or after the completion.
    """
    finished = await receipts.take_finished_workshop(connection)
    if finished is None:
        return False
    fact_id, effects = finished
    receipt = await receipts.close_completion(connection, fact_id, effects=effects, now=now)
    await publish(connection, [receipt] if receipt else [], source=SOURCE, now=now)
    return True
