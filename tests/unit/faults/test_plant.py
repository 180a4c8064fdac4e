"""What was planted by itself is noted beside what the run of the same code found, and is published only with a whole run."""

from pathlib import Path

import pytest

from tests.faults.matrix import plant
from tests.faults.matrix.catalogue import all_faults
from tests.faults.matrix.caught import Caught
from tests.faults.matrix.code import digest
from tests.faults.matrix.defects import DEFECTS
from tests.faults.matrix.report import Report, Row

FIRST, SECOND = (defect.what for defect in DEFECTS[:2])


@pytest.fixture(autouse=True)
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plant, "REPORT", tmp_path / "report.json")
    monkeypatch.setattr(plant, "DOCUMENT", tmp_path / "failure-matrix.md")


def caught(defect: str, by: str = "kill -9") -> Caught:
    return Caught(defect=defect, caught_by=by, after_faults=1, seconds=9.0, what="one side / another")


def report(*, code: str = "", times: int = 10, planted: tuple[Caught, ...] = ()) -> Report:
    kinds = {fault.counted_as: fault.group for fault in all_faults()}
    rows = [
        Row(kind=kind, group=group, injected=times, not_in_flight=0, healthy_median=1, healthy_max=1, rest_median=1, rest_max=1)
        for kind, group in kinds.items()
    ]
    return Report(
        seed=1,
        code=code or digest(),
        injected=times * len(rows),
        lost=0,
        duplicated=0,
        oversold=0,
        uncertain_outside_window=0,
        disagreements=0,
        finished=True,
        planned=times * len(rows),
        seconds=60.0,
        load={"registrations": 1},
        rows=rows,
        planted=planted,
    )


def test_what_is_caught_now_takes_the_place_of_what_was_said_of_the_same_defect() -> None:
    report(planted=(caught(FIRST, by=""), caught(SECOND))).write(plant.REPORT)
    plant.note([caught(FIRST)])
    assert Report.read(plant.REPORT).planted == [caught(FIRST), caught(SECOND)]
    assert FIRST in plant.DOCUMENT.read_text(encoding="utf-8")


def test_a_report_about_other_code_is_left_as_it_is() -> None:
    report(code="another").write(plant.REPORT)
    before = plant.REPORT.read_bytes()
    plant.note([caught(FIRST)])
    assert plant.REPORT.read_bytes() == before
    assert not plant.DOCUMENT.exists()


def test_what_belongs_to_a_run_that_is_not_whole_is_noted_and_not_published() -> None:
    report(times=9).write(plant.REPORT)
    plant.note([caught(FIRST)])
    assert Report.read(plant.REPORT).planted == [caught(FIRST)]
    assert not plant.DOCUMENT.exists()


def test_without_a_report_there_is_nothing_to_note_it_in() -> None:
    plant.note([caught(FIRST)])
    assert not plant.REPORT.exists()
