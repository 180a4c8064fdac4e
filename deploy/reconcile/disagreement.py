"""What reconciliation finds: two places that should say the same and do not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """`one_side` and `other_side` each name a place and what it says; `ids` are what to look for. No personal data."""

    check: str
    one_side: str
    other_side: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line: both sides, then the ids."""
        about = f"  [{', '.join(self.ids)}]" if self.ids else ""
        return f"{self.check}: {self.one_side} / {self.other_side}{about}"
