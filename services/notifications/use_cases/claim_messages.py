"""Claim messages that may leave now, and skip those that are no longer true."""

from datetime import datetime

from services.notifications.domain.outgoing import Outgoing
from services.notifications.domain.truth import Skip, judge
from services.notifications.storage import claims, outcomes, wake
from services.notifications.storage.claims import Claim
from services.notifications.storage.outgoing import load_outgoing
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


async def claim_messages(
    connection: Connection, *, limit: int, lease_seconds: float, mail_domain: str, now: datetime
) -> tuple[list[Outgoing], int]:
    """Claim at most `limit` messages, one for each registration.

    Returns:
        Those to be sent, in order, and how many were skipped.
    """
    claimed = await claims.claim(connection, limit=limit, lease_seconds=lease_seconds, now=now)
    if not claimed:
        return [], 0
    to_send: list[Outgoing] = []
    skips: list[tuple[Claim, Skip]] = []
    for message in await load_outgoing(connection, [claim.message_id for claim in claimed]):
        verdict = judge(message.purpose, message.expires_at, message.situation, now)
        if isinstance(verdict, Skip):
            skips.append((Claim(message.message_id, message.fence), verdict))
        else:
            to_send.append(message)
    if skips:
        skipped = await outcomes.settle_skipped(connection, skips, now=now)
        await tell_fates(connection, skipped, mail_domain=mail_domain, now=now)
        await wake.wake(connection, wake.MESSAGES)
    return to_send, len(skips)
