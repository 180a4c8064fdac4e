"""The later version is made from the code as it is, one additive migration at a time."""

from pathlib import Path

from deploy.embedded.locations import CHECKOUT
from shared.runtime.schema_version import migrations_of
from tests.faults.matrix.later_version import MARK, TABLES, LaterVersion


def test_each_migration_follows_the_one_before(tmp_path: Path) -> None:
    later = LaterVersion(tmp_path / "later")
    newest = max(path.stem.partition("_")[0] for path in (migrations_of("notifications") / "versions").glob("[0-9]*.py"))
    revisions = [later.add_migration("notifications", table) for table in TABLES["notifications"][:2]]
    assert [int(revision) - int(newest) for revision in revisions] == [1, 2]
    versions = tmp_path / "later" / "services" / "notifications" / "migrations" / "versions"
    assert f'down_revision = "{revisions[0]}"' in (versions / f"{revisions[1]}_added.py").read_text()
    assert "ALTER TABLE messages ADD COLUMN" in (versions / f"{revisions[0]}_added.sql").read_text()


def test_made_once_it_goes_on_from_where_it_was(tmp_path: Path) -> None:
    first = LaterVersion(tmp_path / "later").add_migration("registration", "workshops")
    second = LaterVersion(tmp_path / "later").add_migration("registration", "workshops")
    assert int(second) == int(first) + 1


def test_the_checkout_stays_as_it_is_and_comes_last(tmp_path: Path) -> None:
    later = LaterVersion(tmp_path / "later")
    assert MARK in (tmp_path / "later" / "shared" / "contracts" / "envelope.py").read_text()
    assert MARK not in (CHECKOUT / "shared" / "contracts" / "envelope.py").read_text()
    path = later.environment({"PYTHONPATH": "elsewhere"})["PYTHONPATH"].split(":")
    assert path == [str(tmp_path / "later"), str(CHECKOUT), "elsewhere"]
