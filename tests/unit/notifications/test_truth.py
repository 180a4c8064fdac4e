"""What is still true is sent; what is not is skipped with its reason and what overtook it."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.notifications.domain.message import Audience, Purpose, SkipReason, Standing
from services.notifications.domain.truth import Send, Situation, Skip, judge
from tests.unit.notifications.samples import FACT, NOW

CANCELLATION = UUID("11111111-6b0e-4a55-9b8e-2f4b6a1c9d02")


def situation(standing: Standing = Standing.CONFIRMED, **more: object) -> Situation:
    return Situation(standing=standing, standing_fact=FACT, **more)  # type: ignore[arg-type]  # a test's shorthand


EVERYTHING_IS_WELL = {
    Purpose.WAITING: situation(Standing.WAITING),
    Purpose.WITHDRAWAL: situation(Standing.WITHDRAWN),
    Purpose.CANCELLED: situation(cancelled_by=CANCELLATION),
    Purpose.CERTIFICATE: situation(certificate_state="issued"),
    Purpose.CERTIFICATE_REVOKED: situation(certificate_state="revoked", certificate_announced=True),
}


@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_is_true_is_sent(purpose: Purpose) -> None:
    assert judge(purpose, None, EVERYTHING_IS_WELL.get(purpose, situation()), NOW) == Send()


@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_is_past_is_skipped_whatever_else(purpose: Purpose) -> None:
    well = EVERYTHING_IS_WELL.get(purpose, situation())
    assert judge(purpose, NOW, well, NOW) == Skip(SkipReason.PAST)
    assert judge(purpose, NOW + timedelta(microseconds=1), well, NOW) == Send()


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.WITHDRAWAL, Purpose.CERTIFICATE, Purpose.CERTIFICATE_REVOKED}))
def test_whoever_withdrew_hears_of_nothing_else(purpose: Purpose) -> None:
    assert judge(purpose, None, situation(Standing.WITHDRAWN), NOW) == Skip(SkipReason.WITHDRAWN, FACT)


def test_promotion_overtakes_the_waiting_list() -> None:
    assert judge(Purpose.WAITING, None, situation(), NOW) == Skip(SkipReason.SUPERSEDED, FACT)


@pytest.mark.parametrize("purpose", [Purpose.CONFIRMATION, Purpose.PROMOTION, Purpose.REMINDER, Purpose.REMINDER_NOW, Purpose.RESCHEDULED])
def test_a_cancelled_workshop_is_not_confirmed_or_reminded_of(purpose: Purpose) -> None:
    assert judge(purpose, None, situation(cancelled_by=CANCELLATION), NOW) == Skip(SkipReason.CANCELLED, CANCELLATION)


def test_the_organisers_own_words_outlive_a_cancellation() -> None:
    assert judge(Purpose.ANNOUNCEMENT, None, situation(cancelled_by=CANCELLATION), NOW) == Send()


def test_a_follow_up_is_for_those_who_attended() -> None:
    assert judge(Purpose.REMINDER, None, situation(audience=Audience.ATTENDED, attended=True), NOW) == Send()
    assert judge(Purpose.REMINDER, None, situation(audience=Audience.ATTENDED), NOW) == Skip(SkipReason.NOT_ATTENDED)


@pytest.mark.parametrize("state", ["superseded", "revoked", None])
def test_a_certificate_that_is_no_more_is_not_announced(state: str | None) -> None:
    verdict = judge(Purpose.CERTIFICATE, None, situation(certificate_state=state, certificate_fact=CANCELLATION), NOW)
    assert verdict == Skip(SkipReason.SUPERSEDED, CANCELLATION)


def test_nobody_is_told_of_the_end_of_what_they_never_heard_of() -> None:
    assert judge(Purpose.CERTIFICATE_REVOKED, None, situation(certificate_state="revoked"), NOW) == Skip(SkipReason.NOT_ANNOUNCED)
