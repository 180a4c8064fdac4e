"""A message was handed over and no answer came."""

from datetime import datetime

from services.notifications.storage import outcomes, wake
from services.notifications.storage.claims import Claim
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


async def mark_uncertain(connection: Connection, claim: Claim, *, mail_domain: str, now: datetime) -> None:
    """Show that nobody knows whether a message arrived. It is not sent again by itself: an organiser decides."""
    fate = await outcomes.settle_uncertain(connection, claim, now=now)
    if fate is not None:
        await tell_fates(connection, [fate], mail_domain=mail_domain, now=now)
        await wake.wake_for_following(connection, fate.registration_id)
