import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded import bootstrap
from deploy.embedded.bootstrap import BootstrapError


def test_another_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    with pytest.raises(BootstrapError) as caught:
        bootstrap.check_python()
    assert "this is Python 3.12" in caught.value.text
    assert "make PYTHON=" in caught.value.text


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BootstrapError) as caught:
        bootstrap.check_python()
    assert module in caught.value.text
    assert "apt-get install python3.11-venv" in caught.value.text


def test_a_folder_that_cannot_be_written_to_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "TOOLS", Path("/proc/nothing"))
    with pytest.raises(BootstrapError) as caught:
        bootstrap.check_disk()
    assert "Cannot write" in caught.value.text


def test_a_full_disk_says_how_much_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path / "none")
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", 10**18)
    with pytest.raises(BootstrapError) as caught:
        bootstrap.check_disk()
    assert "free 1.5 GB" in caught.value.text


def test_without_a_network_the_way_out_is_the_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setattr(bootstrap, "TOOLS", tmp_path)
    with pytest.raises(BootstrapError) as caught:
        bootstrap.install_uv()
    assert "uv could not be installed" in caught.value.text
    assert "check the network" in caught.value.text
    assert not list(tmp_path.glob("uv-*/bin/uv"))


@pytest.mark.parametrize(
    ("output", "way_out"),
    [
        ("OSError: [Errno 28] No space left on device", "free some disk space"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "do not go on"),
        ("Temporary failure in name resolution", "check the network"),
        ("something new", "read the lines below"),
    ],
)
def test_the_way_out_fits_what_went_wrong(output: str, way_out: str) -> None:
    assert bootstrap.way_out_of(output).startswith(way_out)


def test_an_environment_is_made_anew_only_when_its_lock_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment, locks = tmp_path / "environment", tmp_path / "requirements"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").touch()
    locks.mkdir()
    for name in ("embedded", "development"):
        (locks / f"{name}.txt").write_text(name)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", environment)
    monkeypatch.setattr(bootstrap, "MARKER", environment / "installed-lock")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", locks)

    assert not bootstrap.is_installed("embedded")
    bootstrap.MARKER.write_text("\n".join(["development", bootstrap.digest(locks / "development.txt"), str(bootstrap.CHECKOUT)]))
    assert bootstrap.is_installed("embedded")  # development holds all of it
    assert bootstrap.is_installed("development")
    (locks / "development.txt").write_text("changed")
    assert not bootstrap.is_installed("embedded")
    bootstrap.MARKER.write_text("\n".join(["embedded", bootstrap.digest(locks / "embedded.txt"), str(bootstrap.CHECKOUT)]))
    assert bootstrap.is_installed("embedded")
    assert not bootstrap.is_installed("development")


def test_the_bootstrap_needs_nothing_but_the_standard_library() -> None:
    code = f"import sys, runpy; runpy.run_path({str(Path(bootstrap.__file__))!r}, run_name='other')"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
