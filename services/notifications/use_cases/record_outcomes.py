"""Write down what came of messages that senders had claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifications.storage import claims
from services.notifications.storage.claims import Claim
from services.notifications.storage.fates import Fate
from services.notifications.storage.outcomes import settle_failed, settle_sent, settle_uncertain
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took it, at this business time."""

    claim: Claim
    at: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """The server refused it for good, or it is none that could be sent. `reason` is in our own words and names no address."""

    claim: Claim
    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It was handed over and no answer came. It is not sent again by itself: an organiser decides."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Postponed:
    """The server did not take it for now, which counts as an attempt; `wait_seconds` is real time."""

    claim: Claim
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Released:
    """Nothing of these was handed over, which is no attempt of any; `wait_seconds` is real time.

    One of them may be marked as being sent, or its mark may have been committed though the answer was lost.
    """

    claims: tuple[Claim, ...]
    wait_seconds: float


Outcome = Sent | Failed | Uncertain | Postponed | Released


async def record_outcomes(connection: Connection, outcomes: Sequence[Outcome], *, now: datetime) -> list[Fate]:
    """Settle messages, or plan them again. Those that were decided otherwise meanwhile are passed over.

    Returns:
        What has come to an end, to be told by `tell_fates`.
    """
    sent = [outcome for outcome in outcomes if isinstance(outcome, Sent)]
    fates = await settle_sent(connection, [(one.claim, one.at) for one in sent]) if sent else []
    for outcome in outcomes:
        match outcome:
            case Failed(claim, reason):
                fates += await settle_failed(connection, claim, reason, now=now)
            case Uncertain(claim):
                fates += await settle_uncertain(connection, claim, now=now)
            case Postponed(claim, wait_seconds):
                await claims.postpone(connection, claim, wait_seconds=wait_seconds)
            case Released(released, wait_seconds):
                await claims.release(connection, released, wait_seconds=wait_seconds)
    return fates
