"""Reminders keep their local time, across both changes of clocks and in any zone."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.reminder_plan import SHORTEST_GRACE, plan_reminders, resolve
from shared.contracts.workshops import ReminderRule, Session
from tests.unit.notifications.samples import strasbourg

PARIS = ZoneInfo("Europe/Paris")
ZONES = st.sampled_from(
    ["Europe/Paris", "Asia/Tbilisi", "Asia/Yerevan", "Europe/Chisinau", "Europe/London", "America/St_Johns", "Pacific/Apia"]
)


def test_the_demonstrations_reminders_are_due_when_the_workshop_says() -> None:
    workshop = strasbourg()
    planned = plan_reminders(workshop.reminders, workshop.sessions, workshop.time_zone)
    assert [(reminder.occurrence, reminder.due_at.isoformat()) for reminder in planned] == [
        ("week-before:2023-10-24", "2023-10-17T07:00:00+00:00"),
        ("eve:2023-10-24", "2023-10-23T15:00:00+00:00"),
        ("follow-up:2023-10-26", "2023-10-29T16:00:00+00:00"),
    ]
    assert [reminder.expires_at - reminder.due_at for reminder in planned] == [timedelta(hours=6)] * 3


@given(
    zone=ZONES,
    start=st.datetimes(datetime(2020, 1, 2), datetime(2030, 1, 1)),  # noqa: DTZ001  # wall-clock times
    days=st.integers(-60, 60),
    at=st.times().map(lambda value: value.replace(second=0, microsecond=0)),
    anchor=st.sampled_from(["start", "end"]),
)
def test_a_reminder_shows_its_local_time_or_the_hour_was_left_out(
    zone: str, start: datetime, days: int, at: time, anchor: Literal["start", "end"]
) -> None:
    session = Session(code="a", title={"en": "A"}, starts=start, ends=start + timedelta(hours=3))
    rule = ReminderRule(id="r", anchor=anchor, days=days, at=at)
    (reminder,) = plan_reminders([rule], [session], zone)
    local = reminder.due_at.astimezone(ZoneInfo(zone))
    day = (session.starts if anchor == "start" else session.ends).date()
    promised = datetime.combine(day + timedelta(days=days), at)
    shown = local.replace(tzinfo=None)
    assert reminder.due_at.tzinfo is UTC
    assert reminder.occurrence == f"r:{day.isoformat()}"
    if shown != promised:
        # Only where the clocks of that zone never showed the promised time: the day or hour was left out.
        assert promised.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != promised
        assert timedelta(0) < shown - promised <= timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2024, 3, 31), time(2, 30), "2024-03-31T01:30:00+00:00"),  # clocks go from 2 to 3: 02:30 becomes 03:30
        (date(2023, 10, 29), time(2, 30), "2023-10-29T00:30:00+00:00"),  # 02:30 comes twice: the first
        (date(2023, 10, 28), time(17), "2023-10-28T15:00:00+00:00"),
        (date(2023, 10, 29), time(17), "2023-10-29T16:00:00+00:00"),
        (date(2024, 3, 30), time(17), "2024-03-30T16:00:00+00:00"),
        (date(2024, 3, 31), time(17), "2024-03-31T15:00:00+00:00"),
    ],
)
def test_both_changes_of_clocks(day: date, at: time, expected: str) -> None:
    assert resolve(day, at, PARIS).isoformat() == expected


def test_a_rule_without_grace_can_still_be_kept() -> None:
    workshop = strasbourg()
    rule = workshop.reminders[0].model_copy(update={"grace_minutes": 0})
    (reminder,) = plan_reminders([rule], workshop.sessions, workshop.time_zone)
    assert reminder.expires_at - reminder.due_at == SHORTEST_GRACE


def test_a_workshop_over_new_year_is_anchored_by_its_own_dates() -> None:
    sessions = [
        Session(code="b", title={}, starts=datetime(2024, 1, 1, 9), ends=datetime(2024, 1, 1, 17)),  # noqa: DTZ001  # wall-clock times
        Session(code="a", title={}, starts=datetime(2023, 12, 31, 9), ends=datetime(2023, 12, 31, 17)),  # noqa: DTZ001  # as above
    ]
    rules = [
        ReminderRule(id="before", anchor="start", days=-1, at=time(9)),
        ReminderRule(id="after", anchor="end", days=1, at=time(9)),
    ]
    assert [reminder.occurrence for reminder in plan_reminders(rules, sessions, "Europe/Paris")] == [
        "before:2023-12-31",
        "after:2024-01-01",
    ]
