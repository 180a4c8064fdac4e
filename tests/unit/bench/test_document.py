"""The published page and its charts."""

import xml.etree.ElementTree as ET
from pathlib import Path

from bench.charts import Bar, bars, spans
from bench.document import write_document, write_peers
from bench.result import Report, Result

CHARTS = ("limits", "times", "processor", "growth")
MACHINE = {
    "processor": "P",
    "cores": 2,
    "memory_gib": 4.0,
    "system": "Linux 6",
    "python": "3.11.1",
    "loop_ns": 11.5,
    "loop_ns_least": 11.5,
    "loop_ns_most": 11.5,
}


def test_a_page_has_every_figure_with_its_goal_and_every_chart_an_alternative(tmp_path: Path) -> None:
    results = [
        Result(name="registration.cpu_ms", value=4.5, unit="CPU-ms", goal="4.5", met=True, rounds=[4.0, 5.0], split={"kafka": 1.0}),
        Result(name="event.latency", value=40.0, unit="ms", goal="100 ms", met=True, p50=5.0, p95=20.0, p99=40.0),
        Result(
            name="relay.throughput",
            value=4e3,
            unit="events/s",
            met=False,
            limit=1e4,
            limit_rounds=[9e3, 1e4, 1.2e4],
            ratio=0.4,
            least_ratio=0.5,
        ),
        Result(name="growth.page_form", value=1.1, unit="times", met=True),
        Result(name="peer.atelier", value=160.0, unit="registrations per CPU-second"),
        Result(name="start.system", value=9.0, unit="s", beside={"memory_mib": 700.0}),
    ]
    write_document(Report(commit="0123abc", machine=MACHINE, seconds=1200, quick=False, results=results), tmp_path / "performance.md")
    page = (tmp_path / "performance.md").read_text()
    assert all((f"`{result.name}`" in page) == (result.family != "peer") for result in results)
    assert "3 of 4 goals were met; not: `relay.throughput`." in page
    assert "Measured at commit 0123abc in 20 minutes" in page
    assert "| 4.5 CPU-ms | 2 | 22% |" in page
    assert "| 1.1 times | 1 |  |" in page
    assert "| 40% of 10,000 | 30% |" in page
    assert {path.name for path in (tmp_path / "performance").iterdir()} == {f"{name}.svg" for name in CHARTS}
    for name in CHARTS:
        assert f"](performance/{name}.svg)" in page
    assert "![]" not in page


def test_peers_have_a_page_of_their_own_with_the_best_first(tmp_path: Path) -> None:
    unit = "registrations per CPU-second"
    results = [
        Result(name="start.system", value=9.0, unit="s"),
        Result(name="peer.indico", value=2.2, unit=unit, cpu_ms=454.5, p50=900.0, p95=1200.0, p99=1400.0),
        Result(name="peer.atelier", value=160.0, unit=unit, cpu_ms=6.25),
    ]
    write_peers(Report(commit="", machine=MACHINE, seconds=1200, quick=True, results=results), tmp_path / "peers.md")
    page = (tmp_path / "peers.md").read_text()
    assert "](peers/peers.svg)" in page
    assert (tmp_path / "peers" / "peers.svg").is_file()
    assert 0 < page.index("| `peer.atelier` | 160 ") < page.index("| `peer.indico` | 2.2 ")
    assert "900 / 1200 / 1400" in page
    assert "start.system" not in page
    assert "at a commit that was not noted" in page


def test_bars_are_as_long_as_their_values_and_say_them() -> None:
    drawn = ET.fromstring(bars("A <title>", [Bar("a", 1.0, "100%", 0.5), Bar("b", 0.25, "25%")]))  # noqa: S314 - our own
    widths = [float(found.get("width", 0)) for found in drawn.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert widths == [widths[0], widths[0] / 4]
    assert {"100%", "25%", "a", "b"} <= {found.text for found in drawn.iter("{http://www.w3.org/2000/svg}text")}


def test_spans_lie_on_a_scale_of_powers_of_ten() -> None:
    drawn = ET.fromstring(spans("t", {"a": (1.0, 10.0, 100.0)}, "ms"))  # noqa: S314 - our own
    marks = [float(found.get("cx", 0)) for found in drawn.iter("{http://www.w3.org/2000/svg}circle")]
    assert marks[1] - marks[0] == marks[2] - marks[1] > 0
