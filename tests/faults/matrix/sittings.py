"""A run of hours in several sittings: every outcome is kept at once, and what is there of the same run need not be played again."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.matrix.code import digest
from tests.faults.matrix.episode import ACTIONS, Outcome
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.findings import Category, Finding
from tests.faults.matrix.plan import Injection, again
from tests.faults.matrix.report import Report


@dataclass
class Sitting:
    """What was played of a run so far. `seconds` and `load` are what its sittings came to, without the one that is under way."""

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    load: Mapping[str, int] = field(default_factory=dict)

    def left(self, plan: Sequence[Injection], *, seed: int, attempts: int) -> list[Injection]:
        """The part of the plan that has not come to its end, each kind at its next moment where it met no work before."""
        ended, missed = set(), Counter[int]()
        for outcome in self.outcomes:
            number = outcome.injection.number
            missed[number] += 1
            if outcome.struck.in_flight or outcome.findings or missed[number] == attempts:
                ended.add(number)
        return [_next(one, missed[one.number], seed) for one in plan if one.number not in ended]


def _next(injection: Injection, missed: int, seed: int) -> Injection:
    for _ in range(missed):
        injection = again(injection, seed=seed, actions=ACTIONS)
    return injection


def begin(path: Path, faults: Sequence[Fault], *, seed: int, planned: int) -> None:
    """A new run. What one before has played is put aside, once: hours of it should not go for a trial of minutes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_suffix(".before.jsonl"))
    path.write_text(json.dumps(_heading(faults, seed, planned)) + "\n", encoding="utf-8")


def keep(path: Path, outcome: Outcome, report: Report) -> None:
    """One more line."""
    injection = outcome.injection
    line = {
        "number": injection.number,
        "kind": injection.fault.kind,
        "actions": injection.actions,
        "pause": injection.pause,
        "seed": injection.seed,
        "attempt": injection.attempt,
        "struck": asdict(outcome.struck),
        "times": [outcome.healthy, outcome.rest, outcome.checked, outcome.took],
        "uncertain": outcome.uncertain,
        "findings": [[one.category.value, one.one_side, one.other_side] for one in outcome.findings],
        "usable": outcome.usable,
        "seconds": report.seconds,
        "load": dict(report.load),
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def go_on(path: Path, faults: Sequence[Fault], *, seed: int, planned: int) -> Sitting:
    """What was kept. ValueError, with words, where that was of another run, or of other code: two halves of two products prove nothing."""
    if not path.exists():
        raise ValueError(f"{path} is not there: nothing was played that could be gone on with")
    heading, *lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    for name, value in _heading(faults, seed, planned).items():
        if heading[name] != value:
            raise ValueError(f"{path} is of another run: its {name} is {heading[name]}, and this one's {value}")
    kinds = {fault.kind: fault for fault in faults}
    outcomes = [_outcome(line, kinds) for line in lines]
    return Sitting(outcomes, lines[-1]["seconds"], lines[-1]["load"]) if lines else Sitting()


def _outcome(line: Mapping[str, Any], kinds: Mapping[str, Fault]) -> Outcome:
    if line["kind"] not in kinds:
        raise ValueError(f"{line['kind']} was played, and is not among the kinds of this run")
    injection = Injection(line["number"], kinds[line["kind"]], line["actions"], line["pause"], line["seed"], line["attempt"])
    findings = [Finding(Category(category), one_side, other_side) for category, one_side, other_side in line["findings"]]
    return Outcome(injection, Struck(**line["struck"]), *line["times"], line["uncertain"], findings, line["usable"])


def _heading(faults: Sequence[Fault], seed: int, planned: int) -> dict[str, Any]:
    return {"seed": seed, "planned": planned, "code": digest(), "kinds": [fault.kind for fault in faults]}
