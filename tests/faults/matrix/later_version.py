"""A later version of the product: a copy of its code with one more migration for a service, and one more field in every event.

The added column and index are what an additive change of schema is; nothing reads them. The added field is what an additive change of the
contracts is: events of the later version carry it, and the version before must do without it and ignore it.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.environments import python_command
from deploy.embedded.locations import CHECKOUT

MARK = "of_a_later_version"
"""The field's name, as it is on the wire."""
TABLES = {
    "registration": ("registrations", "workshops", "outbox", "participants"),
    "notifications": ("messages", "registrations", "inbox", "receipts"),
    "certificates": ("certificates", "registrations", "receipts", "workshops"),
}
"""Those that are read and written all the time, some of them with all their columns."""
_CONTRACT = Path("shared/contracts/envelope.py")
_ANCHOR = "    topic: ClassVar[Topic]\n"
_REVISION = '''"""One more column."""

from shared.runtime.migrations import run_sql

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
'''
_SQL = """\
SET LOCAL lock_timeout = '5s';

ALTER TABLE {table} ADD COLUMN added_in_{revision} text;
ALTER TABLE {table} ADD COLUMN counted_in_{revision} integer NOT NULL DEFAULT 0;

CREATE INDEX {table}_added_in_{revision} ON {table} (added_in_{revision}) WHERE added_in_{revision} IS NOT NULL;
"""


class LaterVersion:
    """In a folder of its own; made when it is first needed. Each `add_migration` makes it one revision later still."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.exists():
            building = folder.with_name(f"{folder.name}-building")
            shutil.rmtree(building, ignore_errors=True)
            for package in ("services", "shared"):
                shutil.copytree(CHECKOUT / package, building / package, ignore=shutil.ignore_patterns("__pycache__"))
            contract = building / _CONTRACT
            contract.write_text(_with_field(contract.read_text(encoding="utf-8")), encoding="utf-8")
            building.rename(folder)

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What makes a process run this version: its folder is looked at first, and the working directory never."""
        path = os.pathsep.join([str(self.folder), str(CHECKOUT), *filter(None, [inherited.get("PYTHONPATH")])])
        return {"PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def add_migration(self, service: str, table: str) -> str:
        """Write one more additive migration; returns its revision."""
        versions = self.folder / "services" / service / "migrations" / "versions"
        before = max(path.stem.partition("_")[0] for path in versions.glob("[0-9]*.py"))
        revision = f"{int(before) + 1:04d}"
        (versions / f"{revision}_added.sql").write_text(_SQL.format(table=table, revision=revision))
        (versions / f"{revision}_added.py").write_text(_REVISION.format(revision=revision, before=before))
        return revision

    async def migrate(self, service: str, environment: Mapping[str, str], *, attempts: int = 6) -> None:
        """`atelier migrate` of this version. Tried again where a lock was not to be had in time, as an operator would."""
        command = [*python_command("deploy.command_line.main"), "migrate", service]
        for attempt in range(1, attempts + 1):
            done = await asyncio.to_thread(
                subprocess.run,
                command,
                env={**environment, **self.environment(environment)},
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                return
            if attempt == attempts:
                raise AssertionError(f"the later version of {service} could not be migrated to: {done.stderr[-1000:]}")
            await asyncio.sleep(1)


def _with_field(contract: str) -> str:
    if contract.count(_ANCHOR) != 1:
        raise AssertionError(f"{_CONTRACT} is not as it was: a field cannot be added")
    return contract.replace(_ANCHOR, f'{_ANCHOR}    {MARK}: str = "yes"\n')
