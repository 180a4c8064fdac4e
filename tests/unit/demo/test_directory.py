from pathlib import Path

import pytest

from deploy.demo.directory import DATA, make_fresh
from deploy.embedded.directory_lock import DirectoryLock
from deploy.embedded.errors import LaunchError


def test_what_an_earlier_demonstration_left_is_removed(tmp_path: Path) -> None:
    data = make_fresh(tmp_path / "demo")
    (data / "postgres").mkdir()
    (data / "postgres" / "file").write_text("old")
    (tmp_path / "demo" / "report.json").write_text("{}")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (tmp_path / "demo" / "link").symlink_to(outside)

    assert make_fresh(tmp_path / "demo") == data == tmp_path / "demo" / DATA
    assert {entry.name for entry in data.iterdir()} <= {"launcher.lock"}
    assert not (tmp_path / "demo" / "report.json").exists()
    assert not (tmp_path / "demo" / "link").exists()
    assert (outside / "kept").read_text() == "kept"


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    with pytest.raises(LaunchError, match="no demonstration has made"):
        make_fresh(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.odt"]


def test_a_demonstration_that_still_runs_is_left_alone(tmp_path: Path) -> None:
    data = make_fresh(tmp_path / "demo")
    (data / "precious").write_text("in use")
    lock = DirectoryLock(data)
    lock.acquire(address="http://localhost:1")
    try:
        with pytest.raises(LaunchError, match="Another Atelier runs"):
            make_fresh(tmp_path / "demo")
    finally:
        lock.release()
    assert (data / "precious").read_text() == "in use"
