"""The system on the bench: as `make up` starts it, with a sink in place of its mailbox."""

import contextlib
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

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
    """A running system, its servers, an organiser, and the sink.

    `mails` is the sink's log, `sink_port` where it listens; `seconds_to_ready` passed from nothing until everything was ready.
    """

    directory: Path
    servers: LocalServers
    system: System
    organiser: Organiser
    sink: ManagedProcess
    mails: Path
    sink_port: int
    seconds_to_ready: float

    @property
    def roots(self) -> dict[str, int]:
        """Process ids by name, of everything that runs here."""
        own = {process.name: process.pid for process in self.system.processes() if process.running}
        return own | {process.name: process.pid for process in self.servers.processes()} | {"sink": self.sink.pid}

    def database(self, service: str) -> str:
        """The address of a service's database, as the service uses it."""
        return self.system.environment(service)["ATELIER_DATABASE_URL"]

    def administered(self, service: str) -> str:
        """The same database for the server's administrator, who may put rows in without the checks that each would cost."""
        return urlunsplit(urlsplit(self.servers.database_url)._replace(path=urlsplit(self.database(service)).path))

    async def workshops(self, count: int = 1, *, capacity: int = 10_000_000, **more: Any) -> list[tuple[str, str]]:
        """Create and open workshops like the one that Atelier measures itself by; returns (id, slug). `more` are other fields of theirs."""
        announcement = {name: value for name, value in load_workshop().items() if name not in NOT_FOR_THE_ORGANISER}
        sessions = _moved(announcement["sessions"])
        made = []
        for _ in range(count):
            slug = f"bench-{uuid.uuid4().hex[:10]}"
            own = {"slug": slug, "capacity": capacity, "sessions": sessions, "contact": CONTACT, "privacy": PRIVACY, **more}
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
    began = time.monotonic()
    try:
        await servers.start(secrets.passwords["postgres"])
        sink.launch()
        async with System(directory / "system", servers=servers, adapt=_sending_to(port)) as system:
            ready = time.monotonic() - began
            async with Organiser(system.front_door, await make_token(system)) as organiser:
                yield Stand(directory, servers, system, organiser, sink, mails, port, ready)
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
