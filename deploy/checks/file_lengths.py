"""Files stay small: the median at most 100 lines, none over 400."""

from statistics import median

from deploy.checks.files import tracked
from deploy.embedded.locations import CHECKOUT

LONGEST = 400
MEDIAN = 100
WRITTEN_BY_HAND = ("*.py", "*.html", "*.css", "*.sql", "*.po", "Makefile", "*.yml")
CATALOGUES = ".po"
"""A catalogue of translations grows with the pages' words; it counts for the median only."""


def check_file_lengths() -> list[str]:
    """Complaints, with the lengths. Empty files, which only mark packages, do not count."""
    lengths = {path: len((CHECKOUT / path).read_text().splitlines()) for path in tracked(*WRITTEN_BY_HAND)}
    complaints = [
        f"{path}: {length} lines, {LONGEST} at most" for path, length in lengths.items() if length > LONGEST and path.suffix != CATALOGUES
    ]
    python = [length for path, length in lengths.items() if path.suffix == ".py" and length]
    if (middle := median(python)) > MEDIAN:
        complaints.append(f"the median Python file has {middle:g} lines, {MEDIAN} at most")
    return complaints
