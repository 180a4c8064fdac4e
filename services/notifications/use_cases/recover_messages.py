"""Take over from workers that fell silent."""

from datetime import datetime

from services.notifications.storage import claims, outcomes, wake
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


async def recover_messages(connection: Connection, *, mail_domain: str, now: datetime) -> bool:
    """What was only claimed is planned again; what was being sent is uncertain; what came in while a person was erased is skipped.

    False if there was nothing to recover.
    """
    freed = await claims.free_expired_claims(connection)
    abandoned = await outcomes.settle_abandoned(connection, now=now)
    stragglers = await outcomes.settle_stragglers_of_erased(connection, now=now)
    await tell_fates(connection, [*abandoned, *stragglers], mail_domain=mail_domain, now=now)
    if freed or abandoned:
        await wake.wake(connection, wake.MESSAGES)
    return bool(freed or abandoned or stragglers)
