from datetime import UTC, date, datetime, time

import pytest

from shared.web import times

PARIS = "Europe/Paris"


def test_a_session_is_read_with_its_day_hours_and_clock() -> None:
    starts, ends = datetime(2023, 10, 24, 9, 30), datetime(2023, 10, 24, 17, 0)  # noqa: DTZ001 - wall-clock times
    assert times.format_span(starts, ends, PARIS, "Strasbourg", "en") == "Tue 24 October 2023, 9:30–17:00 (Strasbourg time, CEST, UTC+2)"
    french = times.format_span(starts, ends, PARIS, "Strasbourg", "fr").replace("\u00a0", " ")
    assert french == "mar. 24 octobre 2023, 9 h 30 – 17 h 00 (heure de Strasbourg, CEST, UTC+2)"


def test_a_session_over_midnight_names_both_days() -> None:
    starts, ends = datetime(2023, 10, 24, 22, 0), datetime(2023, 10, 25, 1, 0)  # noqa: DTZ001 - wall-clock times
    assert times.format_span(starts, ends, PARIS, "", "en") == "Tue 24 October 2023, 22:00 – Wed 25 October 2023, 1:00 (CEST, UTC+2)"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2023, 10, 29, 0, 30, tzinfo=UTC), "Sun 29 October 2023, 2:30 (Strasbourg time, CEST, UTC+2)"),
        (datetime(2023, 10, 29, 1, 30, tzinfo=UTC), "Sun 29 October 2023, 2:30 (Strasbourg time, CET, UTC+1)"),
    ],
)
def test_the_hour_that_comes_twice_is_told_apart_by_its_offset(moment: datetime, said: str) -> None:
    assert times.format_moment(moment, PARIS, "Strasbourg", "en") == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Tbilisi", "UTC+4"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("America/St_Johns", "NDT, UTC\u22122:30"),
        ("UTC", "UTC"),
        ("Africa/Abidjan", "GMT, UTC"),
    ],
)
def test_a_clock_without_letters_is_named_by_its_offset(zone: str, said: str) -> None:
    moment = datetime(2023, 10, 24, 9, 0, tzinfo=UTC)
    assert times.describe_zone(times.in_zone(moment, zone), "", "en") == said


def test_a_timetable_across_the_change_of_clocks_names_both_offsets() -> None:
    moments = [datetime(2023, 10, 28, 9, 0), datetime(2023, 10, 30, 9, 0)]  # noqa: DTZ001 - wall-clock times
    assert times.describe_zones(moments, PARIS, "Strasbourg", "en") == "Strasbourg time, CEST, UTC+2 → CET, UTC+1"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2023, 10, 24), date(2023, 10, 26), "24–26 October 2023"),
        (date(2023, 10, 24), date(2023, 10, 24), "24 October 2023"),
        (date(2023, 10, 30), date(2023, 11, 2), "30 October – 2 November 2023"),
        (date(2023, 12, 30), date(2024, 1, 2), "30 December 2023 – 2 January 2024"),
    ],
)
def test_a_range_of_days_says_each_part_once(first: date, last: date, said: str) -> None:
    assert times.format_days(first, last, "en") == said


def test_french_elides_before_a_vowel() -> None:
    moment = times.in_zone(datetime(2024, 1, 5, 9, 0), "Europe/Istanbul")  # noqa: DTZ001 - a wall-clock time
    assert times.describe_zone(moment, "Ankara", "fr") == "heure d\u2019Ankara, UTC+3"
    assert times.describe_zone(moment, "Bursa", "fr") == "heure de Bursa, UTC+3"


def test_stamps_carry_their_zone() -> None:
    assert times.format_stamp(datetime(2023, 10, 17, 7, 0, tzinfo=UTC), PARIS, "en") == "17 Oct 2023, 9:00 CEST"
    assert times.format_stamp(datetime(2023, 10, 17, 7, 0, tzinfo=UTC), "Asia/Baku", "en") == "17 Oct 2023, 11:00 UTC+4"


def test_hours_are_on_a_clock_of_24() -> None:
    assert times.format_time(time(0, 5), "en") == "0:05"
    assert times.format_time(time(17, 0), "fr").replace("\u00a0", " ") == "17 h 00"
