"""The life of a registration."""

from enum import StrEnum


class RegistrationState(StrEnum):
    """CONFIRMED and WAITING are live: one per address and workshop. WITHDRAWN may be followed by a new registration; ERASED is terminal."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"

    @property
    def live(self) -> bool:
        """Whether it holds a place or a turn in the line."""
        return self in {RegistrationState.CONFIRMED, RegistrationState.WAITING}
