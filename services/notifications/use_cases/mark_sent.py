"""The server took a message."""

from datetime import datetime

from services.notifications.storage import outcomes, wake
from services.notifications.storage.claims import Claim
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


async def mark_sent(connection: Connection, claim: Claim, *, mail_domain: str, now: datetime) -> bool:
    """Record that a message was sent and tell so. False if it had been decided otherwise meanwhile."""
    fate = await outcomes.settle_sent(connection, claim, now=now)
    if fate is None:
        return False
    await tell_fates(connection, [fate], mail_domain=mail_domain, now=now)
    await wake.wake_for_following(connection, fate.registration_id)
    return True
