import hashlib
from pathlib import Path

import pytest

from deploy.embedded import jars
from deploy.embedded.errors import LaunchError
from deploy.embedded.jars import KAFKA, Jar, JarSet, ensure_jars
from tests.validators.verapdf import VERAPDF

CONTENT = b"a jar"
JAR = Jar("org.example", "example", "1", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path))
    monkeypatch.setattr(JarSet, "read", lambda _: [JAR])
    (tmp_path / f"kafka-{jars.VERSION}").mkdir()
    return tmp_path / f"kafka-{jars.VERSION}"


def test_what_is_there_and_right_is_not_fetched_again(folder: Path) -> None:
    (folder / JAR.file_name).write_bytes(CONTENT)
    (folder / "stranger-2.jar").write_bytes(b"would be on the class path")
    seen: list[tuple[int, int]] = []
    assert ensure_jars(lambda there, wanted: seen.append((there, wanted))) == folder
    assert seen == [(JAR.size, JAR.size)]
    assert [path.name for path in folder.iterdir()] == [JAR.file_name]


def test_an_altered_jar_is_fetched_anew_and_without_a_network_the_way_out_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / JAR.file_name).write_bytes(b"A jar")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(LaunchError, match=r"Could not fetch example-1\.jar") as caught:
        ensure_jars()
    assert "check the network" in caught.value.way_out


@pytest.mark.parametrize(("program", "group"), [(KAFKA, "org.apache.kafka"), (VERAPDF, "org.verapdf.apps")])
def test_every_jar_of_the_manifest_is_pinned(program: JarSet, group: str) -> None:
    manifest = program.read()
    assert {jar.version for jar in manifest if jar.group == group} == {program.version}
    assert all(len(jar.sha256) == 64 and jar.size for jar in manifest)
    assert len({jar.file_name for jar in manifest}) == len(manifest)
