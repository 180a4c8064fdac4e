"""The last look before a message leaves, and the mark that it may have left."""

from datetime import datetime
from enum import Enum

from services.notifications.domain.outgoing import Basis
from services.notifications.domain.truth import Skip, judge
from services.notifications.storage import claims, outcomes, registrations
from services.notifications.storage.claims import Claim
from services.notifications.storage.outgoing import load_outgoing
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.database import Connection


class Begin(Enum):
    """What came of it.

    SEND: it is marked, hand the text over once the mark is committed. SKIPPED: it is no longer true. RELEASED: it was planned
    again, since its text or its turn has changed. LOST: it is somebody else's, or was erased.
    """

    SEND = "send"
    SKIPPED = "skipped"
    RELEASED = "released"
    LOST = "lost"


async def begin_sending(
    connection: Connection, claim: Claim, basis: Basis, *, language: str, lease_seconds: float, mail_domain: str, now: datetime
) -> Begin:
    """Judge a claimed message once more, with its registration locked, and mark it as being sent if it is still true.

    Args:
        connection: with an open transaction, to be committed before the text is handed over.
        claim: which message, and the fence under which it was claimed.
        basis: what the text was composed from.
        language: the language of the text.
        lease_seconds: real time after which silence makes the message uncertain.
        mail_domain: domain of Message-IDs.
        now: business time.
    """
    registration_id = await claims.registration_of(connection, claim)
    if registration_id is None or not await registrations.lock_registration(connection, registration_id):
        return Begin.LOST
    if not await claims.hold(connection, claim):
        return Begin.LOST
    found = await load_outgoing(connection, [claim.message_id])
    if not found or not await claims.may_leave(connection, claim):
        await claims.release(connection, claim)
        await registrations.plan_again(connection, registration_id)
        return Begin.RELEASED
    verdict = judge(found[0].purpose, found[0].expires_at, found[0].situation, now)
    if isinstance(verdict, Skip):
        await tell_fates(
            connection, await outcomes.settle_skipped(connection, [(claim, verdict)], now=now), mail_domain=mail_domain, now=now
        )
        return Begin.SKIPPED
    if found[0].basis != basis:
        await claims.release(connection, claim)
        return Begin.RELEASED
    await claims.start_sending(connection, claim, language=language, lease_seconds=lease_seconds)
    return Begin.SEND
