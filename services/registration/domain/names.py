"""Names of people, as they write them themselves: any script, no control over the text around them."""

import unicodedata

from services.registration.domain.plain_text import FILLERS, TextProblem, find_problem


def find_name_problem(name: str) -> TextProblem | str | None:
    """Say what is wrong with a trimmed, composed name, or None. `no_letter` where nothing in it could be read aloud."""
    problem = find_problem(name)
    if problem is not None:
        return problem
    if not FILLERS.isdisjoint(name):
        return TextProblem.INVISIBLE_CHARACTER
    if name and not any(unicodedata.category(character).startswith("L") for character in name):
        return "no_letter"
    return None
