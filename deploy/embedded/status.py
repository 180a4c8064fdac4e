"""What the workers say about their work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Status:
    """One worker's `/status`: what is left to publish, to read and to do; when business is due next; a counter of everything done."""

    service: str
    outbox: int
    lag: int
    due: int
    next_due: datetime | None
    activity: int

    @classmethod
    def read(cls, answer: dict[str, Any]) -> "Status":
        """From its JSON."""
        next_due = answer["next_due"]
        return cls(
            answer["service"], answer["outbox"], answer["lag"], answer["due"],
            datetime.fromisoformat(next_due) if next_due else None, answer["activity"],
        )  # fmt: skip

    @property
    def quiet(self) -> bool:
        """Nothing is left that could be done now."""
        return self.outbox == self.lag == self.due == 0

    def __str__(self) -> str:
        return f"{self.service}: {self.outbox} to publish, {self.lag} to read, {self.due} due"
