"""An organiser decides about a message of which nobody knows whether it arrived."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from services.notifications.storage import outcomes, wake
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


async def resolve_uncertain_message(
    connection: Connection, message_id: UUID, decision: Literal["arrived", "send_again"], *, mail_domain: str, now: datetime
) -> bool:
    """Count it as sent, or send it again under the same Message-ID, if it is still true. False if it was decided already."""
    if decision == "arrived":
        fate = await outcomes.settle_uncertain_as_arrived(connection, message_id, now=now)
        if fate is None:
            return False
        await tell_fates(connection, [fate], mail_domain=mail_domain, now=now)
        return True
    if not await outcomes.plan_uncertain_again(connection, message_id):
        return False
    await wake.wake(connection, wake.MESSAGES)
    return True
