"""What visitors saw, kept as they go and written down at the end."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tally:
    """Times are seconds since the epoch; durations are seconds.

    `accepted` maps an address to the time at which its answer was there. `posts` are the durations of sending the form, `flows` those of
    the whole visit, both counted from when the visitor was due. `refused` counts other answers by status, `broken` those that never came.
    """

    began: float = 0.0
    ended: float = 0.0
    cpu: float = 0.0
    accepted: dict[str, float] = field(default_factory=dict)
    posts: list[float] = field(default_factory=list)
    flows: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    broken: int = 0

    def write(self, path: Path) -> None:
        """In one piece, so that whoever waits for the file finds it whole."""
        part = path.with_suffix(".part")
        part.write_text(json.dumps(vars(self)), encoding="utf-8")
        part.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Tally":
        """What was written."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**content | {"refused": Counter(content["refused"])})
