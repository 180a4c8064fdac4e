"""The report: what was struck how often, how soon it was well again, and every figure that must be zero."""

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.matrix.catalogue import all_faults
from tests.faults.matrix.caught import Caught
from tests.faults.matrix.code import digest
from tests.faults.matrix.episode import Outcome
from tests.faults.matrix.fault import Fault
from tests.faults.matrix.findings import Category
from tests.faults.matrix.plan import EACH_AT_LEAST, LEAST_IN_ALL, rows

NO_MORE_THAN_ONE_IN = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of fault. Seconds are from the strike; None where it never struck. `uncertain` are messages shown as such afterwards.

    `parts` says how often each service, process, pair or length was struck, where strikes of this kind choose or take turns.
    """

    kind: str
    group: str
    injected: int
    not_in_flight: int
    healthy_median: float | None = None
    healthy_max: float | None = None
    rest_median: float | None = None
    rest_max: float | None = None
    uncertain: int = 0
    not_run: str | None = None
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """An episode that found something: enough to play it again."""

    kind: str
    seed: str
    moment: str
    struck: str
    findings: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What `report.json` says. The five figures after `injected` must be zero.

    `finished` is false while the run goes on. `code` is a digest of what was played and of what played it.
    """

    seed: int
    code: str
    injected: int
    lost: int
    duplicated: int
    oversold: int
    uncertain_outside_window: int
    disagreements: int
    finished: bool
    planned: int
    seconds: float
    load: Mapping[str, int]
    rows: Sequence[Row]
    broken: Sequence[Broken] = field(default_factory=list)
    planted: Sequence[Caught] = field(default_factory=list)
    """Defects that were planted to see whether the matrix notices; empty where none were in this run."""

    @property
    def whole(self) -> bool:
        """Whether it is one to publish: struck often enough, each kind, and no kind too often for what it says of the others."""
        struck = [row.injected for row in self.rows if row.not_run is None]
        known = {fault.counted_as for fault in all_faults()} <= {row.kind for row in self.rows}
        enough = self.injected >= LEAST_IN_ALL and min(struck, default=0) >= EACH_AT_LEAST
        return self.finished and known and enough and max(struck) * NO_MORE_THAN_ONE_IN <= self.injected

    @property
    def ok(self) -> bool:
        """Every promised zero, and no planted defect that went unnoticed."""
        return not any(getattr(self, category.value) for category in Category) and all(row.caught_by for row in self.planted)

    def write(self, path: Path) -> None:
        """As JSON, in place of an earlier one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Report":
        """One that was written."""
        content = json.loads(path.read_text(encoding="utf-8"))
        for name, kind in (("rows", Row), ("broken", Broken), ("planted", Caught)):
            content[name] = [kind(**one) for one in content[name]]
        return cls(**content)


def make_report(
    faults: Sequence[Fault],
    outcomes: Sequence[Outcome],
    *,
    seed: int,
    planned: int,
    finished: bool,
    seconds: float,
    load: Mapping[str, int],
) -> Report:
    """Sum up. A strike that met no work is told apart and counts for nothing; what it led to counts all the same."""
    figures = Counter(finding.category for outcome in outcomes for finding in outcome.findings)
    return Report(
        seed=seed,
        code=digest(),
        injected=sum(outcome.struck.in_flight for outcome in outcomes),
        lost=figures[Category.LOST],
        duplicated=figures[Category.DUPLICATED],
        oversold=figures[Category.OVERSOLD],
        uncertain_outside_window=figures[Category.UNCERTAIN],
        disagreements=figures[Category.DISAGREEMENT],
        finished=finished,
        planned=planned,
        seconds=round(seconds, 1),
        load=dict(load),
        rows=[
            _row(name, members, [outcome for outcome in outcomes if outcome.injection.fault.counted_as == name])
            for name, members in rows(faults).items()
        ],
        broken=[_broken(outcome) for outcome in outcomes if outcome.findings],
    )


def _row(name: str, members: Sequence[Fault], outcomes: Sequence[Outcome]) -> Row:
    counted = [outcome for outcome in outcomes if outcome.struck.in_flight]
    whole = [outcome for outcome in counted if outcome.rest]
    return Row(
        kind=name,
        group=members[0].group,
        injected=len(counted),
        not_in_flight=len(outcomes) - len(counted),
        healthy_median=_median([outcome.healthy for outcome in whole]),
        healthy_max=_max([outcome.healthy for outcome in whole]),
        rest_median=_median([outcome.rest for outcome in whole]),
        rest_max=_max([outcome.rest for outcome in whole]),
        uncertain=sum(outcome.uncertain for outcome in outcomes),
        not_run=next((why for fault in members if (why := fault.needs())), None),
        parts=dict(sorted(Counter(part for outcome in counted if (part := _part(name, outcome))).items())),
    )


def _part(row: str, outcome: Outcome) -> str:
    return outcome.struck.part or outcome.injection.fault.kind.removeprefix(row).removeprefix(": ")


def _broken(outcome: Outcome) -> Broken:
    injection = outcome.injection
    return Broken(
        kind=injection.fault.kind,
        seed=injection.seed,
        moment=injection.moment,
        struck=outcome.struck.detail,
        findings=[str(finding) for finding in outcome.findings],
    )


def _median(seconds: Sequence[float]) -> float | None:
    return round(statistics.median(seconds), 1) if seconds else None


def _max(seconds: Sequence[float]) -> float | None:
    return round(max(seconds), 1) if seconds else None
