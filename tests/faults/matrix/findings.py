"""What a broken promise is called, and what a fault may leave behind without breaking one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deploy.reconcile.read_notifications import MessageKey


class Category(StrEnum):
    """The report's figures; each must be zero."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    OVERSOLD = "oversold"
    UNCERTAIN = "uncertain_outside_window"
    DISAGREEMENT = "disagreements"


NEVER_AT_REST = "the system comes to rest again"
"""The promise that an episode which came to no end has broken: whatever it was that went wrong, nothing was compared."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise, with both sides named. No personal data."""

    category: Category
    one_side: str
    other_side: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.category.value}: {self.one_side} / {self.other_side}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the fault may leave behind without breaking a promise.

    Args:
        uncertain: whether a message may be: it was before, or is new where the fault opened the window.
        unrefused: of messages that failed, those that no answer of the mail server explains.
    """

    uncertain: Callable[[MessageKey], bool] = lambda _key: False
    unrefused: Callable[[Sequence[MessageKey]], Sequence[MessageKey]] = list
