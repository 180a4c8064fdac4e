import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from tests.faults.matrix.catalogue import all_faults, choose
from tests.faults.matrix.document import write_document
from tests.faults.matrix.episode import Outcome
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.findings import Category, Finding
from tests.faults.matrix.plan import again, default_number, draw
from tests.faults.matrix.report import Report, make_report
from tests.faults.matrix.stage import Stage


async def _strike(_stage: Stage, _chance: random.Random) -> Struck:
    raise AssertionError("a plan strikes nothing")


def _fault(kind: str, brokers: Literal[1, 3] = 1, needs: str | None = None) -> Fault:
    return Fault(kind, "kill", _strike, brokers=brokers, needs=lambda: needs)


FAULTS = [_fault("one"), _fault("two"), _fault("three", brokers=3), _fault("four")]


def test_the_same_seed_draws_the_same_plan_and_another_seed_another() -> None:
    def moments(seed: int) -> list[tuple[str, str, float, float]]:
        return [(one.fault.kind, one.moment, one.chance.random(), one.play.random()) for one in draw(FAULTS, 40, seed=seed, actions=30)]

    assert moments(7) == moments(7)
    assert moments(7) != moments(8)


@pytest.mark.parametrize("number", [4, 41, 500])
def test_every_kind_strikes_as_often_as_the_others(number: int) -> None:
    counts = Counter(one.fault.kind for one in draw(FAULTS, number, seed=1, actions=30))
    assert sum(counts.values()) == number
    assert max(counts.values()) - min(counts.values()) <= 1


def test_fewer_strikes_than_kinds_take_different_kinds() -> None:
    assert len({one.fault.kind for one in draw(FAULTS, 3, seed=1, actions=30)}) == 3


def test_what_needs_a_stage_of_its_own_comes_first() -> None:
    brokers = [one.fault.brokers for one in draw(FAULTS, 40, seed=1, actions=30)]
    assert brokers == sorted(brokers, reverse=True)


def test_another_attempt_is_at_another_moment() -> None:
    [first] = draw(FAULTS[:1], 1, seed=1, actions=1000)
    second = again(first, seed=1, actions=1000)
    assert (second.number, second.attempt) == (first.number, 2)
    assert second.moment != first.moment


def test_kinds_of_one_row_take_turns() -> None:
    faults = [_fault("alone"), *(replace(_fault(f"link cut: {pair}"), row="link cut") for pair in "abc")]
    counts = Counter(one.fault.kind for one in draw(faults, 12, seed=1, actions=30))
    assert counts == {"alone": 6, "link cut: a": 2, "link cut: b": 2, "link cut: c": 2}


def test_the_default_strikes_each_kind_ten_times_and_none_more_than_a_fifth() -> None:
    faults = all_faults()
    counts = Counter(one.fault.counted_as for one in draw(faults, default_number(faults), seed=1, actions=30))
    assert min(counts.values()) >= 10
    assert max(counts.values()) <= sum(counts.values()) / 5
    assert sum(counts.values()) >= 500


def test_kinds_are_chosen_by_their_words_or_their_group() -> None:
    assert {fault.group for fault in choose("clock")} == {"clock"}
    assert {fault.kind for fault in choose("kill -9: certificates worker, kill -9: registration web")} == {
        "kill -9: certificates worker",
        "kill -9: registration web",
    }


def _outcomes() -> list[Outcome]:
    injections = draw([_fault("one"), _fault("two")], 4, seed=3, actions=10)
    lost = Finding(Category.LOST, "registration 1 was answered confirmed", "registration has no such registration")
    return [
        Outcome(injections[0], Struck(in_flight=True, detail="in hand"), 1.0, 2.0, 0.5, 4.0),
        Outcome(injections[1], Struck(in_flight=True), 3.0, 6.0, 0.5, 8.0, uncertain=1, findings=[lost], usable=False),
        Outcome(injections[2], Struck(in_flight=False), 1.0, 1.0, 0.5, 2.0),
        Outcome(injections[3], Struck(in_flight=True), 2.0, 4.0, 0.5, 6.0),
    ]


def _report(outcomes: list[Outcome]) -> Report:
    faults = [_fault("one"), _fault("two"), _fault("three", needs="no volume can be mounted here")]
    return make_report(faults, outcomes, seed=3, planned=4, finished=True, seconds=20.0, load={"registrations": 1234})


def test_the_report_counts_what_met_work_and_every_finding(tmp_path: Path) -> None:
    report = _report(_outcomes())
    assert report.injected == 3
    assert (report.lost, report.duplicated, report.oversold, report.uncertain_outside_window, report.disagreements) == (1, 0, 0, 0, 0)
    assert not report.ok
    assert sum(row.injected for row in report.rows) == 3
    assert sum(row.not_in_flight for row in report.rows) == 1
    assert report.rows[-1].not_run == "no volume can be mounted here"
    [broken] = report.broken
    assert broken.seed == "3:2:1"
    assert broken.findings == ["lost: registration 1 was answered confirmed / registration has no such registration"]
    report.write(tmp_path / "report.json")
    assert Report.read(tmp_path / "report.json") == report


def test_a_report_without_findings_is_well() -> None:
    assert _report([outcome for outcome in _outcomes() if not outcome.findings]).ok


def test_the_document_names_every_kind_the_seed_and_why_something_did_not_run(tmp_path: Path) -> None:
    write_document(_report(_outcomes()), tmp_path / "failure-matrix.md")
    text = (tmp_path / "failure-matrix.md").read_text()
    for words in (
        "| one |",
        "| two |",
        "not run: no volume can be mounted here",
        "SEED=3",
        "1,234 registrations",
        "| lost | **1** |",
        "3:2:1",
    ):
        assert words in text


def _whole_run(faults: Sequence[Fault], *, finished: bool = True, without: int = 0) -> Report:
    plan = draw(faults, default_number(faults), seed=1, actions=30)[without:]
    outcomes = [Outcome(one, Struck(in_flight=True, part="a part"), 1.0, 2.0, 0.5, 4.0) for one in plan]
    return make_report(faults, outcomes, seed=1, planned=len(plan), finished=finished, seconds=20.0, load={})


def test_only_a_run_that_struck_every_kind_ten_times_is_whole() -> None:
    runnable = [fault for fault in all_faults() if fault.needs() is None]
    assert _whole_run(runnable).whole
    assert not _whole_run(runnable, without=1).whole
    assert not _whole_run(runnable, finished=False).whole
    assert not _whole_run(choose("kafka, postgres, network, smtp")).whole


def test_a_row_says_which_parts_were_struck(tmp_path: Path) -> None:
    runnable = [fault for fault in all_faults() if fault.needs() is None]
    plan = draw(runnable, default_number(runnable), seed=1, actions=30)
    outcomes = [Outcome(one, Struck(in_flight=True), 1.0, 2.0, 0.5, 4.0) for one in plan]
    report = make_report(runnable, outcomes, seed=1, planned=len(plan), finished=True, seconds=20.0, load={})
    [cut] = [row for row in report.rows if row.kind == "link cut"]
    assert len(cut.parts) == 10
    assert set(cut.parts.values()) == {1}
    [away] = [row for row in report.rows if row.kind == "Kafka away"]
    assert min(away.parts[length] for length in ("5 s", "6 min")) >= 2
    write_document(report, tmp_path / "failure-matrix.md")
    assert "registration–PostgreSQL 1" in (tmp_path / "failure-matrix.md").read_text()
