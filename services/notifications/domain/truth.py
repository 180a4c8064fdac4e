"""Whether a message is still true at the moment it would be sent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Audience, Purpose, SkipReason, Standing


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a message is about to leave. Facts are named by their ids.

    `certificate_announced` says that the person was mailed the certificate which the message is about; `certificate_replaces` is the serial
    of the last one before it that they were mailed, where that was superseded.
    """

    standing: Standing
    standing_fact: UUID
    ever_confirmed: bool = False
    cancelled_by: UUID | None = None
    audience: Audience | None = None
    attended: bool = False
    certificate_state: str | None = None
    certificate_fact: UUID | None = None
    certificate_announced: bool = False
    certificate_replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Still true."""


@dataclass(frozen=True, slots=True)
class Skip:
    """No longer true, and which fact overtook it, if one did."""

    reason: SkipReason
    superseded_by: UUID | None = None


Verdict = Send | Skip

_NEEDS_CONFIRMED = {Purpose.CONFIRMATION, Purpose.PROMOTION, Purpose.REMINDER, Purpose.REMINDER_NOW, Purpose.ANNOUNCEMENT}
_NEEDS_LIVE = _NEEDS_CONFIRMED | {Purpose.WAITING, Purpose.LINK, Purpose.RESCHEDULED, Purpose.CANCELLED}
_ENDS_WITH_CANCELLATION = {
    Purpose.CONFIRMATION,
    Purpose.PROMOTION,
    Purpose.WAITING,
    Purpose.REMINDER,
    Purpose.REMINDER_NOW,
    Purpose.RESCHEDULED,
}


def judge(purpose: Purpose, expires_at: datetime | None, situation: Situation, now: datetime) -> Verdict:  # noqa: PLR0911  # each way out is one reason
    """Send, or skip and why. `expires_at` and `now` are business time; from `expires_at` on the message is past."""
    standing = situation.standing
    if expires_at is not None and now >= expires_at:
        return Skip(SkipReason.PAST)
    if purpose in _NEEDS_LIVE and standing is Standing.WITHDRAWN:
        return Skip(SkipReason.WITHDRAWN, situation.standing_fact)
    if purpose in _NEEDS_CONFIRMED and standing is not Standing.CONFIRMED:
        return Skip(SkipReason.SUPERSEDED, situation.standing_fact)
    if purpose is Purpose.WAITING and standing is not Standing.WAITING:
        return Skip(SkipReason.SUPERSEDED, situation.standing_fact)
    if purpose in _ENDS_WITH_CANCELLATION and situation.cancelled_by is not None:
        return Skip(SkipReason.CANCELLED, situation.cancelled_by)
    if situation.audience is Audience.ATTENDED and not situation.attended:
        return Skip(SkipReason.NOT_ATTENDED)
    if purpose is Purpose.CERTIFICATE and situation.certificate_state != "issued":
        return Skip(SkipReason.SUPERSEDED, situation.certificate_fact)
    if purpose is Purpose.CERTIFICATE_REVOKED and not situation.certificate_announced and situation.certificate_replaces is None:
        return Skip(SkipReason.NOT_ANNOUNCED)
    return Send()
