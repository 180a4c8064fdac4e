"""The workshop of an act: two sessions that have begun, so that people can come and be done while the clock stands where it is."""

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo.people import load_workshop
from deploy.demo.phases.opening import CONTACT, NOT_FOR_THE_ORGANISER, PRIVACY
from tests.faults.matrix.ledger import SESSIONS

ZONE = ZoneInfo("Europe/Paris")
BEGAN = timedelta(hours=5)
"""Before now: longer than any jump of the clock, so that both sessions stay begun, the second of which follows the first at once."""
FIRST_LASTS = timedelta(hours=2)
LASTS = timedelta(hours=14)
REMINDER_WAS_DUE = timedelta(hours=3)
"""Before now, and within the rule's grace of six hours: whoever gets a place is reminded at once."""


def describe(slug: str, capacity: int, now: datetime) -> Mapping[str, Any]:
    """What the organiser sends. `now` is business time, aware."""
    begins = (now - BEGAN).astimezone(ZONE).replace(second=0, microsecond=0)
    ends, due = begins + LASTS, (now - REMINDER_WAS_DUE).astimezone(ZONE)
    announcement = {name: value for name, value in load_workshop().items() if name not in NOT_FOR_THE_ORGANISER}
    times = itertools.pairwise((begins, begins + FIRST_LASTS, ends))
    sessions = [
        announcement["sessions"][0] | {"code": code, "starts": _local(one), "ends": _local(other)}
        for code, (one, other) in zip(SESSIONS, times, strict=True)
    ]
    reminder = {"id": "practical", "anchor": "end", "days": (due.date() - ends.date()).days, "at": f"{due:%H:%M}"}
    own = {
        "slug": slug,
        "capacity": capacity,
        "sessions": sessions,
        "reminders": [reminder],
        "certificate": {"minimum_sessions": 1},
        "contact": CONTACT,
        "privacy": PRIVACY,
    }
    return announcement | own


def _local(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")
