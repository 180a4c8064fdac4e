"""What text may contain: everything people write, nothing that hides or rewrites what others read."""

import re
import unicodedata
from enum import StrEnum

MAXIMUM_MARKS_IN_A_ROW = 4
"""Vietnamese and Hebrew stay below; stacks of marks that cover the lines around them do not."""

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_DIRECTION_MARKS = frozenset("\u200e\u200f")
_JOINERS = frozenset("\u200c\u200d")
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters of Korean that stand for an absent one, and the Braille cell without dots: Unicode counts them as letters and signs, and
nobody sees them."""
_IGNORABLE_MARKS = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
REPLACEMENT = "\ufffd"
"""What decoding puts in place of bytes that are no text."""
_SPACES = re.compile(r"[^\S\r\n]+")
_UNSEEN = " " + "".join(FILLERS | _IGNORABLE_MARKS)
_MAYBE_STACKED = re.compile(rf"[^\w\x00-\u02ff]{{{MAXIMUM_MARKS_IN_A_ROW + 1}}}")
"""Below U+0300 there are no marks, and none is a letter or a digit."""


class TextProblem(StrEnum):
    """Why a text was refused; pages translate these codes."""

    CONTROL_CHARACTER = "control_character"
    DIRECTION_OVERRIDE = "direction_override"
    INVISIBLE_CHARACTER = "invisible_character"
    UNASSIGNED_CHARACTER = "unassigned_character"
    UNREADABLE_CHARACTER = "unreadable_character"
    STACKED_MARKS = "stacked_marks"


def one_line(text: str) -> str:
    """Trimmed, composed (NFC), and with single spaces. Control characters stay, so that they can be found and refused."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join(part for part in composed.replace("\u00a0", " ").split(" ") if part)


def paragraphs(text: str) -> str:
    """As one_line, but keeps line breaks (as a single line feed each) and blank lines."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(_SPACES.sub(" ", line.replace("\t", " ")).strip(" ") for line in composed.split("\n")).strip("\n")


def shows_nothing(text: str) -> bool:
    """Whether somebody who reads the text sees no character of it; so for an empty text."""
    return all(unicodedata.category(character)[0] in "CZ" or character in FILLERS | _IGNORABLE_MARKS for character in text)


def find_problem(text: str, *, line_breaks: bool = False) -> TextProblem | None:
    """Say what is wrong with a text, or None. Surrogates and noncharacters count as unassigned."""
    if not text or _is_plain(text.replace("\n", "") if line_breaks else text):
        return None
    return read_closely(text, line_breaks=line_breaks)


def read_closely(text: str, *, line_breaks: bool = False) -> TextProblem | None:
    """As find_problem, character by character, which takes ten times as long or more."""
    # Letters only: the right-to-left mark is itself of class R and must not vouch for itself.
    reads_right_to_left = any(character.isalpha() and unicodedata.bidirectional(character) in {"R", "AL"} for character in text)
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > MAXIMUM_MARKS_IN_A_ROW:
            return TextProblem.STACKED_MARKS
        problem = _problem_of(character, category, reads_right_to_left=reads_right_to_left, line_breaks=line_breaks)
        if problem is not None:
            return problem
    return TextProblem.INVISIBLE_CHARACTER if text and shows_nothing(text) else None


def _is_plain(text: str) -> bool:
    """Whether a text is seen at a glance to be without problems, as nearly all are; the others are gone through character by character."""
    return text.isprintable() and REPLACEMENT not in text and bool(text.strip(_UNSEEN)) and not _MAYBE_STACKED.search(text)


def _problem_of(character: str, category: str, *, reads_right_to_left: bool, line_breaks: bool) -> TextProblem | None:
    if category in {"Cc", "Zl", "Zp"}:
        return None if line_breaks and character == "\n" else TextProblem.CONTROL_CHARACTER
    if category in {"Cn", "Cs", "Co"} or character == REPLACEMENT:
        return TextProblem.UNREADABLE_CHARACTER if character == REPLACEMENT else TextProblem.UNASSIGNED_CHARACTER
    if character in _OVERRIDES:
        return TextProblem.DIRECTION_OVERRIDE
    if character in _DIRECTION_MARKS:
        # A mark settles punctuation between Hebrew or Arabic words; in any other text it only hides a difference.
        return None if reads_right_to_left else TextProblem.DIRECTION_OVERRIDE
    if category == "Cf" and character not in _JOINERS:
        return TextProblem.INVISIBLE_CHARACTER
    return None
