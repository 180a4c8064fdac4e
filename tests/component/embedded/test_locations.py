"""Folders that several processes prepare at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.embedded.locations import make_writable


def test_several_may_make_sure_of_one_folder_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: make_writable(folder), range(400))) == {folder}
    assert list(folder.iterdir()) == []
