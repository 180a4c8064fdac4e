"""What a measurement comes to, and the report of all of them."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypedDict


@dataclass(frozen=True, kw_only=True)
class Result:
    """One figure. `value` is the median of `rounds`; `limit` that of the bare limit's rounds, taken in turn with them.

    `ratio` is the median of value to limit, round by round, so that a machine that was slow for a while slows both; `least_ratio` is what
    was promised of it, where the goal speaks of it. `goal` is in words;
    `met` is None where nothing was promised. `cpu_ms` is processor time per unit of work, `split` says of what. `p50`, `p95` and `p99` are
    milliseconds. `beside` are figures that belong to it, such as the load generator's share.
    """

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None
    rounds: Sequence[float] = ()
    limit: float | None = None
    limit_rounds: Sequence[float] = ()
    ratio: float | None = None
    least_ratio: float | None = None
    cpu_ms: float | None = None
    split: Mapping[str, float] = field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    beside: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def family(self) -> str:
        """The first part of the name."""
        return self.name.partition(".")[0]

    @property
    def spread(self) -> float | None:
        """Of the rounds: largest less smallest, as a part of the median."""
        return _spread(self.rounds)

    @property
    def limit_spread(self) -> float | None:
        """The same of the limit's rounds."""
        return _spread(self.limit_rounds)

    @property
    def taken(self) -> int:
        """How many rounds the value is the median of."""
        return max(1, len(self.rounds))


def _spread(rounds: Sequence[float]) -> float | None:
    return (max(rounds) - min(rounds)) / statistics.median(rounds) if len(rounds) > 1 and any(rounds) else None


@dataclass(frozen=True, kw_only=True)
class Report:
    """All results of one run, with what they were measured on. `commit` names what was measured; empty where nobody knows."""

    commit: str
    machine: Mapping[str, str | float]
    seconds: float
    quick: bool
    results: Sequence[Result]

    def write(self, path: Path) -> None:
        """As JSON: the list of results, each with everything that it says; in `run.json` beside it what they were measured on."""
        path.parent.mkdir(parents=True, exist_ok=True)
        run = asdict(self)
        results = [{**row, "commit": self.commit} for row in run.pop("results")]
        for file, content in ((path, results), (path.with_name("run.json"), run)):
            file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


class Percentiles(TypedDict):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Of at least one duration, by the nearest rank."""
    ordered = sorted(seconds)
    at_50, at_95, at_99 = (round(ordered[-(-len(ordered) * rank // 100) - 1] * 1000, 2) for rank in (50, 95, 99))
    return Percentiles(p50=at_50, p95=at_95, p99=at_99)


def median(values: Sequence[float]) -> float:
    """Of at least one."""
    return statistics.median(values)


def median_ratio(values: Sequence[float], limits: Sequence[float]) -> float:
    """Of each round's value to its own limit."""
    return median([value / limit for value, limit in zip(values, limits, strict=True)])
