"""The server refused a message for good."""

from datetime import datetime

from services.notifications.storage import outcomes, wake
from services.notifications.storage.claims import Claim
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


async def mark_failed(connection: Connection, claim: Claim, reason: str, *, mail_domain: str, now: datetime) -> None:
    """Record that a message has failed and tell so. `reason` is a reply code and our own words, without the address."""
    fate = await outcomes.settle_failed(connection, claim, reason, now=now)
    if fate is not None:
        await tell_fates(connection, [fate], mail_domain=mail_domain, now=now)
        await wake.wake_for_following(connection, fate.registration_id)
