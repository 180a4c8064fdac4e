"""What the demonstration promises to show. The only place that knows a total beforehand.

Everything else is counted; these figures choose how many people withdraw and attend, and are compared with the count at the end.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Promised:
    """The story in numbers, before the erasure."""

    applied: int = 80
    confirmed: int = 66
    waiting_at_first: int = 14
    waiting: int = 9
    withdrawn: int = 5
    withdrawn_before_first_reminder: int = 2
    promoted: int = 5
    attended: int = 62
    attended_enough: int = 58
    never_attended: int = 4
    certificates: int = 58
    erased: int = 1
    submit_to_mail_p95_ms: float = 300.0

    @property
    def withdrawn_between_reminders(self) -> int:
        """Those who withdraw after the first reminder and before the second."""
        return self.withdrawn - self.withdrawn_before_first_reminder


PROMISED = Promised()
SEED = 20231024
"""Chooses who arrives when, who withdraws, who attends what and who asks to be erased."""


def seeded(seed: int = SEED) -> Random:
    """The story's chance: nothing of it is a secret, it has to be the same in every run."""
    return Random(seed)  # noqa: S311 - a story, not a key
