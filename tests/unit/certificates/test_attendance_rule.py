"""Whether presence is enough, by each thing that a rule may ask for."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.workshops import CertificateRule, Session
from tests.component.certificates.story import workshop_record

CODES = ("day-1", "day-2", "day-3")
MINUTES = {"day-1": 480, "day-2": 240, "day-3": 60}


def enough(*attended: str, **rule: object) -> bool:
    return CertificateRule.model_validate({"minimum_sessions": 1, **rule}).asks_for(MINUTES).met_by(attended, MINUTES)


@pytest.mark.parametrize("minimum", [1, 2, 3, 4])
@pytest.mark.parametrize("present", [0, 1, 2, 3])
def test_as_many_sessions_as_it_asks_are_enough_and_one_less_is_not(present: int, minimum: int) -> None:
    assert enough(*CODES[:present], minimum_sessions=minimum) == (present >= minimum)


@pytest.mark.parametrize(("percent", "sessions"), [(1, 1), (33, 1), (34, 2), (66, 2), (67, 3), (100, 3)])
def test_a_share_of_sessions_is_never_rounded_down(percent: int, sessions: int) -> None:
    assert enough(*CODES[:sessions], minimum_percent_of_sessions=percent)
    assert sessions == 1 or not enough(*CODES[: sessions - 1], minimum_percent_of_sessions=percent)


def test_a_share_of_time_counts_minutes_and_not_sessions() -> None:
    assert enough("day-1", minimum_percent_of_time=61)
    assert not enough("day-1", minimum_percent_of_time=62)
    assert not enough("day-2", "day-3", minimum_percent_of_time=61)
    assert enough(*CODES, minimum_percent_of_time=100)


def test_sessions_that_nobody_may_miss() -> None:
    assert enough("day-3", required_sessions=["day-3"])
    assert not enough("day-1", "day-2", required_sessions=["day-3"])


def test_all_that_it_asks_for_must_be_met() -> None:
    rule = {"minimum_sessions": 2, "minimum_percent_of_time": 60, "required_sessions": ["day-3"]}
    assert enough("day-1", "day-3", **rule)
    assert not enough("day-1", "day-2", **rule)
    assert not enough("day-2", "day-3", **rule)
    assert not enough("day-3", **{**rule, "minimum_percent_of_time": None})


@given(
    st.builds(
        CertificateRule,
        minimum_sessions=st.integers(1, 4),
        minimum_percent_of_sessions=st.one_of(st.none(), st.integers(1, 100)),
        minimum_percent_of_time=st.one_of(st.none(), st.integers(1, 100)),
        required_sessions=st.lists(st.sampled_from(CODES), unique=True).map(tuple),
    ),
    st.sets(st.sampled_from(CODES)),
    st.sampled_from(CODES),
)
def test_nobody_loses_by_being_present(rule: CertificateRule, attended: set[str], more: str) -> None:
    asked = rule.asks_for(MINUTES)
    assert asked.met_by(attended | {more}, MINUTES) or not asked.met_by(attended, MINUTES)
    assert asked.met_by(attended | {"gone"}, MINUTES) == asked.met_by(attended, MINUTES)


def test_minutes_are_those_that_pass_when_clocks_change() -> None:
    night = Session(code="night", title={"en": "n"}, starts=datetime(2023, 10, 29, 1), ends=datetime(2023, 10, 29, 5))  # noqa: DTZ001 - wall clock
    record = workshop_record().model_copy(update={"sessions": (night,)})
    assert record.session_minutes == {"night": 300}


def test_a_workshop_without_certificates_gives_none() -> None:
    assert workshop_record(certificate=None).earned_by(CODES) is None
    assert workshop_record(minimum_sessions=2).earned_by(["day-1", "day-3"]) is True
    assert workshop_record(minimum_sessions=2).earned_by(["day-1", "gone"]) is False
