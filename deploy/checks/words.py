"""Nothing in the tree may depend on the machine or the mirror that it was written with."""

import re

from deploy.checks.files import tracked
from deploy.embedded.locations import CHECKOUT

HOSTS_IN_LOCKS = re.compile(r"https?://|--index-url|--extra-index-url|--find-links")
"""A lock that names a registry would fail, or leak an inner address, everywhere else."""
MACHINE_PATHS = re.compile(r"(?<![\w.])/(root|work|home/[a-z][a-z0-9_-]*|Users/[A-Za-z]+)/")
CONFLICTS = re.compile(r"^(<<<<<<< |>>>>>>> )")
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ABOUT_THESE_WORDS = "deploy/checks/words.py"


def check_words() -> list[str]:
    """Complaints with their lines."""
    complaints = []
    for path in tracked():
        try:
            lines = (CHECKOUT / path).read_text().splitlines()
        except UnicodeDecodeError:
            continue
        in_lock = path.parts[0] == "requirements"
        for number, line in enumerate(lines, 1):
            problems = {
                "names a registry": in_lock and HOSTS_IN_LOCKS.search(line),
                "is a path of one machine": MACHINE_PATHS.search(line),
                "is a conflict that was not resolved": CONFLICTS.search(line),
                "is work left over: do it, or write it down where people look": LATER.search(line),
            }
            if path.as_posix() != ABOUT_THESE_WORDS:
                complaints += [f"{path}:{number}: {problem}" for problem, found in problems.items() if found]
    return complaints
