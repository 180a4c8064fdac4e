"""The system on the bench: as `make up` starts it, with a sink in place of its mailbox."""

import contextlib
import sys
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.demo.organiser import Organiser
from deploy.demo.people import load_workshop
from deploy.demo.perform import make_token
from deploy.demo.phases.opening import CONTACT, NOT_FOR_THE_ORGANISER, PRIVACY
from deploy.embedded.local_servers import LocalServers
from deploy.embedded.ports import LOOPBACK, free_ports
from deploy.embedded.processes import ManagedProcess
from deploy.embedded.secret_files import SecretFiles
from deploy.embedded.system import Adapt, System

AHEAD = timedelta(days=90)
"""From today to the first session: reminders are planned and none is due."""


@dataclass
class Stand:
    """A running system, its servers, an organiser, and the sink. `mails` is the sink's log."""

    directory: Path
    servers: LocalServers
    system: System
    organiser: Organiser
    sink: ManagedProcess
    mails: Path

    @property
    def roots(self) -> dict[str, int]:
        """Process ids by name, of everything that runs here."""
        own = {process.name: process.pid for process in self.system.processes() if process.running}
        return own | {process.name: process.pid for process in self.servers.processes()} | {"sink": self.sink.pid}

    async def workshops(self, count: int = 1, *, capacity: int = 10_000_000) -> list[tuple[str, str]]:
        """Create and open workshops like the one that Atelier measures itself by; returns (id, slug)."""
        announcement = {name: value for name, value in load_workshop().items() if name not in NOT_FOR_THE_ORGANISER}
        sessions = _moved(announcement["sessions"])
        made = []
        for _ in range(count):
            slug = f"bench-{uuid.uuid4().hex[:10]}"
            own = {"slug": slug, "capacity": capacity, "sessions": sessions, "contact": CONTACT, "privacy": PRIVACY}
            workshop_id = (await self.organiser.create_workshop(announcement | own))["id"]
            await self.organiser.command(workshop_id, "open")
            made.append((workshop_id, slug))
        return made


@contextlib.asynccontextmanager
async def stand(directory: Path) -> AsyncIterator[Stand]:
    """Everything started and ready; stopped at the end."""
    secrets = SecretFiles(directory / "servers")
    secrets.load(data_exists=False)
    servers = LocalServers(directory / "servers", durable=True)
    [port] = free_ports(1)
    mails = directory / "mails.log"
    command = [sys.executable, "-m", "bench.load.sink", "--port", str(port), "--log", str(mails)]
    sink = ManagedProcess("sink", command, environment={}, log=directory / "sink.log", data_directory=directory)
    try:
        await servers.start(secrets.passwords["postgres"])
        sink.launch()
        async with (
            System(directory / "system", servers=servers, adapt=_sending_to(port)) as system,
            Organiser(system.front_door, await make_token(system)) as organiser,
        ):
            yield Stand(directory, servers, system, organiser, sink, mails)
    finally:
        await sink.stop()
        await servers.stop()


def _sending_to(port: int) -> Adapt:
    """Only notifications sends; the mailbox stays where it is."""

    def adapt(name: str, command: Sequence[str], environment: Mapping[str, str]) -> tuple[Sequence[str], Mapping[str, str]]:
        sink = {"ATELIER_SMTP_HOST": LOOPBACK, "ATELIER_SMTP_PORT": str(port)}
        return command, {**environment, **sink} if name.startswith("notifications") else environment

    return adapt


def _moved(sessions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """To the time AHEAD, hours and order kept."""
    first = min(datetime.fromisoformat(session["starts"]) for session in sessions)
    by = timedelta(days=(datetime.now(first.tzinfo) + AHEAD - first).days)
    return [
        session | {name: (datetime.fromisoformat(session[name]) + by).isoformat(timespec="minutes") for name in ("starts", "ends")}
        for session in sessions
    ]
