"""What a measurement comes to."""

import json
from pathlib import Path

import pytest

from bench.__main__ import FAMILIES, SITTINGS
from bench.document import HEADINGS
from bench.limits.prepared import read, write
from bench.load.tally import Tally
from bench.result import Report, Result, median_ratio, percentiles
from bench.usage import Usage


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert percentiles([number / 1000 for number in range(100, 0, -1)]) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert percentiles([0.25]) == {"p50": 250.0, "p95": 250.0, "p99": 250.0}


def test_a_ratio_is_taken_round_by_round() -> None:
    """A machine that was slow in one round slows both that are compared in it."""
    assert median_ratio([50.0, 5.0, 60.0], [100.0, 10.0, 100.0]) == 0.5


def test_spread_is_a_part_of_the_median() -> None:
    assert Result(name="n", value=100.0, unit="1/s", rounds=[90.0, 100.0, 115.0]).spread == pytest.approx(0.25)
    assert Result(name="n", value=100.0, unit="1/s", rounds=[100.0]).spread is None
    assert Result(name="n", value=1.0, unit="1/s", limit=50.0, limit_rounds=[40.0, 50.0, 70.0]).limit_spread == pytest.approx(0.6)


def test_a_report_is_a_list_of_results(tmp_path: Path) -> None:
    result = Result(name="relay.throughput", value=5000.0, unit="1/s", goal="half", met=True, limit=9000.0, ratio=0.55)
    Report(commit="0123abc", machine={"cores": 2}, seconds=1.0, quick=True, results=[result]).write(tmp_path / "report.json")
    [row] = json.loads((tmp_path / "report.json").read_text())
    run = json.loads((tmp_path / "run.json").read_text())
    assert run == {"commit": "0123abc", "machine": {"cores": 2}, "seconds": 1.0, "quick": True}
    assert row["commit"] == "0123abc"
    assert {name: row[name] for name in ("name", "value", "unit", "limit", "ratio", "goal", "met")} == {
        "name": "relay.throughput",
        "value": 5000.0,
        "unit": "1/s",
        "limit": 9000.0,
        "ratio": 0.55,
        "goal": "half",
        "met": True,
    }


def test_what_visitors_saw_comes_back_as_it_was(tmp_path: Path) -> None:
    tally = Tally(began=1.0, ended=3.0, cpu=0.5, accepted={"a@b": 2.0}, posts=[0.1], flows=[0.2], broken=1)
    tally.refused["post 503"] += 2
    tally.write(tmp_path / "tally.json")
    assert Tally.read(tmp_path / "tally.json") == tally


def test_load_and_sink_are_none_of_ateliers() -> None:
    usage = Usage({"registration-web": 2.0, "postgres": 1.0, "sink": 5.0}, machine=10.0, stolen=0.0, seconds=4.0)
    assert usage.atelier == 3.0
    assert usage.others == 2.0
    assert usage.per_unit(1000) == {"registration-web": 2.0, "postgres": 1.0}


def test_what_others_did_meanwhile_is_taken_off_by_process() -> None:
    usage = Usage({"postgres": 10.0, "worker": 5.0}, machine=16.0, stolen=0.0, seconds=4.0)
    other = Usage({"postgres": 1.0, "web": 0.5}, machine=2.0, stolen=0.0, seconds=1.0)
    claimed = usage.less(other, 3.0)
    assert claimed.by_process == {"postgres": 7.0, "worker": 5.0}
    assert claimed.atelier == 12.0


def test_prepared_mails_come_back_as_they_were(tmp_path: Path) -> None:
    mails = [("a@sink.example", b"one\r\ntwo\r\n"), ("ж@sink.example", "п\n".encode()), ("c@sink.example", b"")]
    write(str(tmp_path / "mails"), mails)
    assert list(read(str(tmp_path / "mails"))) == mails


def test_every_family_sits_somewhere_and_its_figures_have_a_heading() -> None:
    assert sorted(name for sitting in SITTINGS for name in sitting) == sorted(FAMILIES)
    families = ["registration", "event", "relay", "consume", "reminder", "mail", "certificate", "pages", "growth", "idle", "start"]
    assert [Result(name=f"{family}.x", value=1.0, unit="").family for family in families] == list(HEADINGS)
