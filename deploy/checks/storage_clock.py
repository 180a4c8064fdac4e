"""Business time reaches SQL as a parameter: `storage/` must not ask the database what time it is."""

import re

from deploy.checks.files import tracked
from deploy.embedded.locations import CHECKOUT

FORBIDDEN = re.compile(
    r"\b(now\s*\(\s*\)|current_timestamp|current_date|current_time|localtime|localtimestamp|transaction_timestamp|statement_timestamp)",
    re.IGNORECASE,
)
"""`clock_timestamp()` stays allowed: leases and backoff are real time, and it says so."""
PYTHON_CLOCK = re.compile(r"\bdatetime\.(now|utcnow|today)\s*\(|\btime\.time\s*\(")


def check_storage_clock() -> list[str]:
    """Complaints with their lines."""
    complaints = []
    for path in tracked("services/*/storage/*.py", "services/*/storage/*.sql", "services/*/domain/*.py", "services/*/use_cases/*.py"):
        for number, line in enumerate((CHECKOUT / path).read_text().splitlines(), 1):
            code = line.split("#")[0]
            if PYTHON_CLOCK.search(code) or ("storage" in path.parts and FORBIDDEN.search(code)):
                complaints.append(f"{path}:{number}: takes the time itself; business time comes as a parameter")
    return complaints
