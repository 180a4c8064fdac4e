import json
from pathlib import Path

from deploy.demo.count import Figure
from deploy.demo.promised import PROMISED
from deploy.demo.report import compare_with_promised, make_report, percentiles
from deploy.demo.summary import bar
from deploy.reconcile.disagreement import Disagreement

KEYS = {
    "applied",
    "confirmed",
    "waiting",
    "withdrawn",
    "promoted",
    "attended",
    "certificates",
    "mails",
    "skipped",
    "erased",
    "submit_to_mail_ms",
    "seconds",
    "front_door",
    "ok",
}
PEOPLE = {"applied": 80, "confirmed": 66, "waiting": 9, "withdrawn": 5, "promoted": 5, "attended": 62, "certificates": 58, "erased": 1}


def _figures(**changed: int) -> list[Figure]:
    figures = [Figure(name, {"registration": value, "Kafka": changed.get(name, value)}) for name, value in PEOPLE.items()]
    mails = {"confirmation en": 40, "confirmation fr": 26, "reminder en": 9}
    return [*figures, Figure("mails", {"notifications": mails, "mailbox": mails}), Figure("skipped", {"notifications": {"past": 3}})]


def test_percentiles_are_figures_that_were_measured() -> None:
    assert percentiles([float(value) for value in range(1, 101)]) == {"p50": 50.0, "p95": 95.0}
    assert percentiles([7.04]) == {"p50": 7.0, "p95": 7.0}


def test_the_report_has_the_promised_keys(tmp_path: Path) -> None:
    report = make_report(
        figures=_figures(), disagreements=[], latency={"p50": 1.0, "p95": 2.0}, seconds={"opening": 0.5}, front_door="http://localhost:1"
    )
    report.write(tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert set(written) >= KEYS
    assert written["mails"] == {"confirmation": {"en": 40, "fr": 26}, "reminder": {"en": 9}}
    assert written["skipped"] == {"past": 3}
    assert written["ok"] is True


def test_what_was_promised_and_counted_is_no_disagreement() -> None:
    assert compare_with_promised(_figures(), {"p50": 1.0, "p95": 299.0}, PROMISED) == []


def test_a_count_that_is_off_is_named_with_both_sides() -> None:
    (found,) = compare_with_promised(_figures(attended=61), {"p50": 1.0, "p95": 299.0}, PROMISED)
    assert found == Disagreement(check="attended", one_side="the story promises 62", other_side="Kafka counts 61")
    (between,) = Figure("attended", {"registration": 62, "Kafka": 61}).disagreements()
    assert "registration counts 62" in str(between)
    assert "Kafka counts 61" in str(between)


def test_slow_mail_is_a_disagreement() -> None:
    (found,) = compare_with_promised(_figures(), {"p50": 1.0, "p95": 300.0}, PROMISED)
    assert found.check == "submit to mail"


def test_any_disagreement_spoils_the_report() -> None:
    wrong = [Disagreement(check="mails", one_side="a", other_side="b")]
    report = make_report(figures=_figures(), disagreements=wrong, latency={"p50": 1.0, "p95": 2.0}, seconds={}, front_door="x")
    assert not report.ok
    assert report.disagreements == ["mails: a / b"]


def test_bars_are_as_long_as_their_numbers() -> None:
    assert bar(80, 80, 10) == "█" * 10
    assert bar(40, 80, 10) == "█" * 5
    assert bar(0, 80, 10) == ""
    assert len(bar(1, 800, 10)) == 1
