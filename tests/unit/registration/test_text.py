"""What names and texts may contain."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.domain.names import find_name_problem
from services.registration.domain.plain_text import find_problem, one_line, paragraphs, read_closely


@pytest.mark.parametrize(
    "name",
    [
        "Šehović-Đorđević",
        "Ђорђе Петровић",
        "გიორგი",
        "Անահիտ",
        "Олександр",
        "Ґонґадзе",
        "İpək Əliyeva",
        "Xhevahire Çela",
        "Đặng Thị Ngọc",
        "O'Neill",
        "נעמי",
        "مريم",
    ],
)
def test_names_are_taken_as_people_write_them(name: str) -> None:
    assert find_name_problem(one_line(name)) is None
    assert one_line(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("A\x00na", "control_character"),
        ("A\nna", "control_character"),
        ("A\tna", "control_character"),
        ("A\u2028na", "control_character"),
        ("A\x7fna", "control_character"),
        *((f"A{chr(code)}na", "direction_override") for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)),
        ("A\u200bna", "invisible_character"),
        ("A\ufeffna", "invisible_character"),
        ("A\u00adna", "invisible_character"),
        ("A\U000e0041na", "invisible_character"),
        ("A\ud800na", "unassigned_character"),
        ("A\ufffena", "unassigned_character"),
        ("A\u0378na", "unassigned_character"),
        ("A\ue000na", "unassigned_character"),
        ("A\ufffdna", "unreadable_character"),
        *((f"A{filler}na", "invisible_character") for filler in "\u3164\u115f\u1160\uffa0\u2800"),
        *((filler, "invisible_character") for filler in "\u3164\u115f\u1160\uffa0\u2800"),
        ("A" + "\u0300\u0301\u0302\u0303\u0304\u0305" + "na", "stacked_marks"),
        ("12345", "no_letter"),
        ("<>;", "no_letter"),
    ],
)
def test_what_hides_or_rewrites_is_refused(name: str, problem: str) -> None:
    assert find_name_problem(one_line(name)) == problem


@pytest.mark.parametrize("text", ["\u3164", "\u1160\u115f", "\uffa0 \u2800", "\u200d", "\ufe0f", "\u034f"])
def test_a_text_of_which_nobody_sees_anything_is_refused(text: str) -> None:
    assert find_problem(text, line_breaks=True) == "invisible_character"
    assert find_problem(f"{text}a", line_breaks=True) is None


def test_a_direction_mark_is_allowed_where_text_runs_right_to_left() -> None:
    assert find_name_problem("נעמי\u200f (א)") is None


def test_a_joiner_is_part_of_persian_spelling() -> None:
    assert find_name_problem("می\u200cخواهم") is None


def test_lines_are_composed_and_their_spaces_single() -> None:
    assert one_line("  Zoe\u0308 \u00a0 van  der  Meer ") == "Zoë van der Meer"


def test_paragraphs_keep_their_line_breaks_and_no_other_control() -> None:
    text = paragraphs("\r\n one\ttab \r\n\r\n two \n")
    assert text == "one tab\n\ntwo"
    assert find_problem(text, line_breaks=True) is None
    assert find_problem(text) == "control_character"
    assert find_problem("bell\x07", line_breaks=True) == "control_character"


@given(st.text(st.characters(codec=None)))
def test_what_passes_can_be_stored_and_shown(text: str) -> None:
    cleaned = one_line(text)
    if find_problem(cleaned) is None:
        cleaned.encode("utf-8")
        assert "\x00" not in cleaned
        assert one_line(cleaned) == cleaned


_AWKWARD = st.sampled_from(
    "aЖ\u05d0 \n\t\u00a0\u0301\u0302\u20dd\u200c\u200f\u202e\u2066\u3164\u2800\ufe0f\u034f\u00ad\ufffd\ue000\U000e0100.-1"
)


@given(text=st.text(_AWKWARD | st.characters(codec=None), max_size=12), line_breaks=st.booleans())
def test_a_glance_sees_what_a_close_look_sees(text: str, *, line_breaks: bool) -> None:
    assert find_problem(text, line_breaks=line_breaks) == read_closely(text, line_breaks=line_breaks)
