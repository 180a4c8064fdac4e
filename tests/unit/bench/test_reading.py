"""What a browser would fetch, and what the peers' rows say."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from bench import peers
from bench.fill.past import person
from bench.load.weight import referenced, referenced_by_style
from bench.result import Result

ROW = {
    "what": "web form (plain)", "concurrency": 8, "completed": 100, "errors": 0, "cpu_s_per_registration": 0.5, "per_s": 2.0,
    "latency_s": {"p50": 1.0, "p95": 2.0, "p99": 3.0}, "cpu_s_per_registration_by": {"web": 0.4, "celery": 0.1}, "requests_per_flow": 6.0,
    "all_mail_arrived": True,
}  # fmt: skip


def test_a_page_is_fetched_with_its_styles_scripts_and_pictures() -> None:
    page = b"""<link rel="stylesheet" href="/a.css"><link rel="icon" href="data:image/svg+xml,x"><link rel="alternate" href="/fr">
        <script src="/b.js"></script><script>inline()</script><img src="/c.png"><img src="/c.png"><a href="/d">d</a>"""
    assert referenced(page) == ["/a.css", "/b.js", "/c.png"]
    assert referenced_by_style(b"@font-face { src: url('/f.woff2') } a { background: url(data:x) }") == ["/f.woff2"]


def test_the_last_row_of_each_peer_for_the_plain_form_counts() -> None:
    rows = [{"peer": "indico", **ROW}, {"peer": "pretix", **ROW, "cpu_s_per_registration": 2.0}, {"peer": "pretix", **ROW}]
    rows += [
        {"peer": "pretix", **ROW, "what": "REST order (plain)"},
        {"peer": "indico", **ROW, "concurrency": 32, "cpu_s_per_registration": 0.25},
        {"peer": "indico", **ROW, "concurrency": 1},
        {"peer": "x", "what": "bulk"},
    ]
    found = peers.read([json.dumps(row) for row in rows])
    assert [(result.name, result.value, result.cpu_ms) for result in found] == [
        ("peer.indico", 2.0, 500.0),
        ("peer.indico.32_visitors", 4.0, 250.0),
        ("peer.pretix", 2.0, 500.0),
    ]


def test_atelier_is_compared_with_as_many_visitors() -> None:
    values = {"peer.indico": 2.0, "peer.indico.32_visitors": 4.0, "peer.atelier": 240.0, "peer.atelier.32_visitors": 300.0}
    found = peers.compared([Result(name=name, value=value, unit=peers.UNIT) for name, value in values.items()])
    assert [(one.name, one.value, one.met) for one in found] == [
        ("peer.times_indico", 120.0, True),
        ("peer.times_indico.32_visitors", 75.0, False),
    ]


def test_a_peer_without_a_figure_is_named() -> None:
    with pytest.raises(peers.PeersCannotRunError, match="pretix"):
        peers.read([json.dumps({"peer": "indico", **ROW}), json.dumps({"peer": "pretix", **ROW, "concurrency": 32})])


def test_what_is_missing_for_the_peers_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(peers.PeersCannotRunError, match="the scripts in"):
        peers.refuse_where_impossible(tmp_path)


def test_a_person_of_the_past_has_the_id_that_the_database_gives() -> None:
    """md5('00000000-0000-0000-0000-000000000001/7')."""
    assert person(UUID(int=1), 7) == UUID("62d36d77-f560-adf4-0f44-2393ce3bb9bd")


def test_a_command_that_only_says_that_there_is_no_such_python_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'python3.12: command not found' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("INDICO_PY", str(shim))
    with pytest.raises(peers.PeersCannotRunError, match=r"Python 3\.12"):
        peers.refuse_where_impossible(tmp_path)
    shim.write_text("#!/bin/sh\necho 'Python 3.12.1'\n", encoding="utf-8")
    with pytest.raises(peers.PeersCannotRunError) as refusal:
        peers.refuse_where_impossible(tmp_path)
    assert "Python 3.12" not in str(refusal.value)
