"""A run that was stopped goes on where it was, with the same strikes at the same moments, and only on the same code."""

import random
from pathlib import Path

import pytest

from tests.faults.matrix import code, sittings
from tests.faults.matrix.episode import ACTIONS, Outcome
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.findings import Category, Finding
from tests.faults.matrix.plan import Injection, again, draw
from tests.faults.matrix.report import make_report
from tests.faults.matrix.sittings import Sitting, begin, go_on, keep
from tests.faults.matrix.stage import Stage

SEED, PLANNED, ATTEMPTS = 7, 12, 3


async def _strike(_stage: Stage, _chance: random.Random) -> Struck:
    raise AssertionError("nothing is struck here")


FAULTS = [Fault(kind, "kill", _strike) for kind in ("one", "two", "three")]
PLAN = draw(FAULTS, PLANNED, seed=SEED, actions=ACTIONS)
LOST = Finding(Category.LOST, "one side", "the other")


def played(injection: Injection, *, met: bool = True, findings: tuple[Finding, ...] = ()) -> Outcome:
    return Outcome(injection, Struck(met, "at once"), 1.5, 2.5, 0.5, 3.0, 1, list(findings), usable=not findings)


def kept(path: Path, *outcomes: Outcome) -> Sitting:
    begin(path, FAULTS, seed=SEED, planned=PLANNED)
    for outcome in outcomes:
        report = make_report(FAULTS, [], seed=SEED, planned=PLANNED, finished=False, seconds=30.0, load={"mails": 4})
        keep(path, outcome, report)
    return go_on(path, FAULTS, seed=SEED, planned=PLANNED)


def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    outcomes = [played(PLAN[0]), played(PLAN[1], met=False), played(PLAN[2], findings=(LOST,))]
    sitting = kept(tmp_path / "outcomes.jsonl", *outcomes)
    assert sitting == Sitting(outcomes, 30.0, {"mails": 4})


def test_what_was_struck_or_found_something_is_not_played_again(tmp_path: Path) -> None:
    sitting = kept(tmp_path / "outcomes.jsonl", played(PLAN[3]), played(PLAN[5], met=False, findings=(LOST,)))
    assert sitting.left(PLAN, seed=SEED, attempts=ATTEMPTS) == [one for one in PLAN if one.number not in {PLAN[3].number, PLAN[5].number}]


def test_what_met_no_work_goes_on_at_its_next_moment_until_its_attempts_are_used_up(tmp_path: Path) -> None:
    first = PLAN[0]
    second = again(first, seed=SEED, actions=ACTIONS)
    third = again(second, seed=SEED, actions=ACTIONS)
    misses = [played(one, met=False) for one in (first, second, third)]
    sitting = kept(tmp_path / "outcomes.jsonl", *misses[:2])
    assert sitting.left(PLAN, seed=SEED, attempts=ATTEMPTS)[0] == third
    sitting = kept(tmp_path / "outcomes.jsonl", *misses)
    assert sitting.left(PLAN, seed=SEED, attempts=ATTEMPTS) == PLAN[1:]


def test_a_run_of_another_seed_number_or_kinds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    kept(path, played(PLAN[0]))
    with pytest.raises(ValueError, match="its seed is 7, and this one's 8"):
        go_on(path, FAULTS, seed=8, planned=PLANNED)
    with pytest.raises(ValueError, match="its planned is 12, and this one's 13"):
        go_on(path, FAULTS, seed=SEED, planned=13)
    with pytest.raises(ValueError, match="its kinds is"):
        go_on(path, FAULTS[:2], seed=SEED, planned=PLANNED)


def test_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "outcomes.jsonl"
    kept(path, played(PLAN[0]))
    monkeypatch.setattr(sittings, "digest", lambda: "another")
    with pytest.raises(ValueError, match="its code is"):
        go_on(path, FAULTS, seed=SEED, planned=PLANNED)


def test_nothing_to_go_on_with_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing was played"):
        go_on(tmp_path / "outcomes.jsonl", FAULTS, seed=SEED, planned=PLANNED)


def test_the_code_is_all_that_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "CHECKOUT", tmp_path)
    for folder in code.PLAYED:
        (tmp_path / folder).mkdir(parents=True)
    digests = {code.digest()}
    for name in ("services/one.py", "shared/two.sql", "tests/faults/matrix/three.py"):
        (tmp_path / name).write_text("1")
        digests.add(code.digest())
    assert len(digests) == 4


def test_what_an_earlier_run_played_is_put_aside_once(tmp_path: Path) -> None:
    path, aside = tmp_path / "outcomes.jsonl", tmp_path / "outcomes.before.jsonl"
    kept(path, played(PLAN[0]))
    hours = path.read_text(encoding="utf-8")
    begin(path, FAULTS, seed=8, planned=PLANNED)
    assert aside.read_text(encoding="utf-8") == hours
    assert go_on(path, FAULTS, seed=8, planned=PLANNED) == Sitting()
