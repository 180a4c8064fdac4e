"""What happened, told step by step."""

from dataclasses import dataclass, field


@dataclass
class Story:
    """Steps in words, in the order in which they happened."""

    steps: list[tuple[float, str, str]] = field(default_factory=list)

    def tell(self, at: float, who: str, what: str) -> None:
        """`at` is in seconds since the beginning."""
        self.steps.append((at, who, what))

    def __str__(self) -> str:
        width = len(str(len(self.steps)))
        lines, last = [], 0.0
        for number, (at, who, what) in enumerate(self.steps, 1):
            if at != last:
                lines.append(f"{'':>{width}}  … {at - last:g} s later")
                last = at
            lines.append(f"{number:>{width}}. {who} {what}")
        return "\n".join(lines)


class BrokenPromiseError(AssertionError):
    """An invariant does not hold. Its text ends with the story that led there."""

    def __init__(self, promise: str, story: Story) -> None:
        super().__init__(f"{promise}\n\nThe story:\n{story}")
        self.promise = promise
        self.story = story
