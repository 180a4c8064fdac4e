"""The last look before messages leave, and the mark that they may have left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from services.notifications.domain.outgoing import Basis
from services.notifications.domain.truth import Skip, judge
from services.notifications.storage import claims, outcomes, registrations
from services.notifications.storage.claims import Claim
from services.notifications.storage.fates import Fate
from services.notifications.storage.outgoing import load_present
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


@dataclass(frozen=True, slots=True)
class Beginning:
    """A message that is ready: the fence under which it was claimed, and what its text was composed from and is written in."""

    claim: Claim
    basis: Basis
    language: str


async def begin_sending(
    connection: Connection,
    beginnings: Sequence[Beginning],
    *,
    lease_seconds: float,
    now: datetime,
) -> tuple[list[Begin], list[Fate]]:
    """Judge claimed messages once more, and mark as being sent those that are still true.

    Args:
        connection: with an open transaction in which the messages and their registrations are locked (`claims.lock_free`), to be
            committed before any text is handed over.
        beginnings: the messages.
        lease_seconds: real time after which silence makes a message uncertain.
        now: business time.

    Returns:
        What came of each, and the ends of those that were skipped, to be told by `tell_fates`.
    """
    # By claim, not by message: one that was lost and one that has it now may stand in one line.
    held = await claims.hold(connection, [one.claim for one in beginnings])
    held_messages = [claim.message_id for claim in held]
    present = await load_present(connection, held_messages)
    leaving = await claims.may_leave(connection, held_messages)
    result: dict[Claim, Begin] = {}
    released: list[Claim] = []
    skips: list[tuple[Claim, Skip]] = []
    marked: list[Beginning] = []
    for one in beginnings:
        claim, found = one.claim, present.get(one.claim.message_id)
        if claim not in held:
            result[claim] = Begin.LOST
        elif found is None or claim.message_id not in leaving:
            released.append(claim)
            result[claim] = Begin.RELEASED
        elif isinstance(verdict := judge(found.purpose, found.expires_at, found.situation, now), Skip):
            skips.append((claim, verdict))
            result[claim] = Begin.SKIPPED
        elif found.basis != one.basis:
            released.append(claim)
            result[claim] = Begin.RELEASED
        else:
            marked.append(one)
            result[claim] = Begin.SEND
    if released:
        await claims.release(connection, released)
        changed = [claim for claim in released if claim.message_id not in leaving or claim.message_id not in present]
        await registrations.plan_again(connection, [held[claim] for claim in changed])
    skipped = await outcomes.settle_skipped(connection, skips, now=now) if skips else []
    if marked:
        await claims.start_sending(connection, [one.claim for one in marked], [one.language for one in marked], lease_seconds=lease_seconds)
    return [result[one.claim] for one in beginnings], skipped
