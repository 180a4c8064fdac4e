"""The whole system on one machine: servers, mailbox, services, front door; started in order and stopped in reverse."""

import asyncio
import contextlib
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import httpx

from deploy.embedded.certificate_keys import ensure_certificate_keys
from deploy.embedded.databases import SERVICES, Databases
from deploy.embedded.directory_lock import DirectoryLock
from deploy.embedded.environments import KINDS, Environments, Ports, python_command
from deploy.embedded.errors import LaunchError
from deploy.embedded.fonts import ensure_fonts
from deploy.embedded.local_servers import LocalServers
from deploy.embedded.locations import make_writable
from deploy.embedded.plain_http import no_authorities
from deploy.embedded.ports import require_free_port
from deploy.embedded.processes import ManagedProcess, stop_leftovers
from deploy.embedded.secret_files import SecretFiles
from deploy.embedded.service_process import ServiceProcess
from deploy.embedded.status import Status
from deploy.embedded.test_clock import OffsetClock
from shared.runtime.migrations import migrate
from shared.runtime.provisioning import provision_topics

Adapt = Callable[[str, Sequence[str], Mapping[str, str]], tuple[Sequence[str], Mapping[str, str]]]
"""Takes a process's name, command and environment, and returns the command and the environment that it gets instead."""
LARGE_LOG = 10_000_000
LEAST_FREE = 500_000_000
"""Bytes of disk without which a start makes no sense: Kafka and PostgreSQL stop in ugly ways when it runs out."""


class Servers(Protocol):
    """Addresses of servers that run already: PostgreSQL's administrator, Kafka's host:port."""

    @property
    def database_url(self) -> str: ...  # noqa: D102
    @property
    def kafka(self) -> str: ...  # noqa: D102


class System:
    """`async with System(directory) as system:` starts everything and waits until all of it is ready.

    Args:
        directory: data, logs and secrets; the next start on the same folder goes on with them.
        servers: use these instead of starting PostgreSQL and Kafka; databases and users made there are removed at the end.
        topic_prefix: keeps several systems on one Kafka apart.
        test_clock: give all processes a clock that `clock` moves.
        starts_at: where that clock starts, an aware moment; now by default.
        front_door_port: the address that people open; a free port by default.
        durable: whether PostgreSQL waits for the disk.
        erasure_bound_seconds: within it, erased people are gone from Kafka's files.
        organiser_command: shown on the start page.
        environment: more variables for every service's process.
        adapt: changes how its own processes are started: what stands between them, what watches them.
        announce: told, in a word or two, what is being started.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own, and each has a default
        self,
        directory: Path,
        *,
        servers: Servers | None = None,
        topic_prefix: str = "",
        test_clock: bool = False,
        starts_at: datetime | None = None,
        front_door_port: int | None = None,
        durable: bool = True,
        erasure_bound_seconds: int = 86_400,
        organiser_command: str = "",
        environment: Mapping[str, str] | None = None,
        adapt: Adapt = lambda _name, command, environment: (command, environment),
        announce: Callable[[str], None] = lambda _what: None,
    ) -> None:
        self.directory = directory.resolve()
        self._servers = servers
        self._local = None if servers else LocalServers(self.directory, durable=durable)
        self._topic_prefix = topic_prefix
        self._asked_port = front_door_port
        self._announce = announce
        self._lock = DirectoryLock(self.directory)
        self._secrets = SecretFiles(self.directory)
        self._organiser_command = organiser_command
        self._erasure_bound = erasure_bound_seconds
        self._extra = dict(environment or {})
        self._adapt = adapt
        self._starts_at = starts_at
        self._clock = OffsetClock(self.directory / "clock-offset", self.status) if test_clock else None
        self._databases: Databases | None = None
        self._environments: Environments | None = None
        self._processes: dict[str, ServiceProcess] = {}

    @property
    def front_door(self) -> str:
        """The address people open, without a slash at the end."""
        return self._known.public_url

    @property
    def kafka(self) -> str:
        """Kafka's address, host:port."""
        return self._known.kafka

    @property
    def clock(self) -> OffsetClock:
        """Moves business time; only of a system with a test clock."""
        if self._clock is None:
            raise RuntimeError("this system runs on real time")
        return self._clock

    def environment(self, service: str) -> dict[str, str]:
        """The variables for a command that speaks for a service, such as `atelier organiser create`."""
        return self._known.service(service)

    def process(self, name: str) -> ServiceProcess:
        """`registration-web`, `notifications-worker`, …, `mailbox`, `front-door`."""
        return self._processes[name]

    def processes(self) -> list[ServiceProcess]:
        """All of them, in the order in which they start."""
        return list(self._processes.values())

    async def status(self) -> dict[str, Status | None]:
        """What each service's worker says; None for one that does not answer."""
        async with httpx.AsyncClient(timeout=10, trust_env=False, verify=no_authorities()) as client:
            answers = await asyncio.gather(*(self._status(client, service) for service in SERVICES))
        return dict(zip(SERVICES, answers, strict=True))

    async def failure(self) -> LaunchError:
        """Wait until a process ends that nobody ended, and say which."""
        watched: list[ManagedProcess | ServiceProcess] = [*(self._local.processes() if self._local else []), *self._processes.values()]
        while True:
            for process in watched:
                if process.died:
                    return LaunchError(
                        f"{process.name} died (exit status {process.returncode}).",
                        way_out=f"read its log, {process.log}; then start again: no data is lost",
                        detail=process.tail(),
                    )
            await asyncio.sleep(0.25)

    async def __aenter__(self) -> Self:
        make_writable(self.directory)
        if shutil.disk_usage(self.directory).free < LEAST_FREE:
            raise LaunchError(f"The disk that holds {self.directory} is nearly full.", way_out="free 500 MB there, or use another folder")
        self._lock.acquire(address=f"http://localhost:{self._asked_port}" if self._asked_port else "a test")
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stop()

    async def _start(self) -> None:
        await asyncio.to_thread(stop_leftovers, self.directory)
        if self._asked_port:
            require_free_port(self._asked_port, setting=f"PORT={self._asked_port + 1}")
        self._shorten_logs()
        self._secrets.load(data_exists=(self.directory / "postgres" / "data").exists())
        if self._clock and self._starts_at:
            self._clock.start_at(self._starts_at)
        if self._local:
            self._announce("PostgreSQL and Kafka")
            await self._local.start(self._secrets.passwords["postgres"])
        await self._prepare(self._local or self._servers)
        mailbox = {"ATELIER_MAILBOX_URL": self._known.url("mailbox")}
        self._secrets.write("command-line.json", {service: _own_settings(self._known.service(service)) | mailbox for service in SERVICES})
        self._announce("services")
        self._processes = self._make_processes()
        for process in self._processes.values():
            process.launch()
        await asyncio.gather(*(process.ready(within=120) for process in self._processes.values()))

    async def _prepare(self, servers: Servers | None) -> None:
        """Databases with their tables, and topics."""
        if servers is None:
            raise RuntimeError("no servers")
        ports = Ports.choose(self._asked_port)
        suffix = "" if self._local else f"_{uuid.uuid4().hex[:10]}"
        self._databases = Databases(servers.database_url, self._secrets.passwords, suffix=suffix)
        self._environments = Environments(
            directory=self.directory,
            ports=ports,
            public_url=f"http://localhost:{ports.front_door}",
            databases=self._databases,
            kafka=servers.kafka,
            topic_prefix=self._topic_prefix,
            secrets=self._secrets,
            clock_file=self._clock.file if self._clock else None,
            erasure_bound_seconds=self._erasure_bound,
            fonts=await asyncio.to_thread(ensure_fonts),
            organiser_command=self._organiser_command,
            extra=self._extra,
        )
        ensure_certificate_keys(self._secrets.certificate_keys, self._environments.public_url)
        self._announce("databases and topics")
        await self._databases.create()
        await provision_topics(servers.kafka, prefix=self._topic_prefix, erasure_bound_seconds=self._erasure_bound)
        for service in SERVICES:  # one by one: Alembic keeps the migration that runs in a global variable
            await migrate(service, self._databases.url(service))

    def _make_processes(self) -> dict[str, ServiceProcess]:
        known = self._known
        modules = {"mailbox": ("deploy.embedded.mailbox.app", known.mailbox())}
        for kind in KINDS:
            for service in SERVICES:
                modules[f"{service}-{kind}"] = (f"services.{service}.{kind}_app", known.service(service, kind))
        modules["front-door"] = ("deploy.embedded.front_door.app", known.front_door())
        adapted = {name: self._adapt(name, python_command(module), environment) for name, (module, environment) in modules.items()}
        return {
            name: ServiceProcess(
                name,
                command,
                url=known.url(name),
                environment=environment,
                log=self.directory / "logs" / f"{name}.log",
                data_directory=self.directory,
            )
            for name, (command, environment) in adapted.items()
        }

    async def _stop(self) -> None:
        # In reverse: nobody comes in, then nothing is done any more, then nothing is kept any more.
        stages = (["front-door"], [f"{name}-web" for name in SERVICES], [f"{name}-worker" for name in SERVICES], ["mailbox"])
        for names in stages:
            await asyncio.gather(*(self._processes[name].stop() for name in names if name in self._processes))
        if self._servers and self._databases:
            await self._databases.drop()
        if self._local:
            await self._local.stop()
        self._lock.release()

    async def _status(self, client: httpx.AsyncClient, service: str) -> Status | None:
        try:
            answer = await client.get(f"{self._processes[f'{service}-worker'].url}/status")
            return Status.read(answer.raise_for_status().json())
        except (httpx.HTTPError, KeyError):
            return None

    def _shorten_logs(self) -> None:
        for log in self.directory.glob("**/*.log"):
            if log.stat().st_size > LARGE_LOG:
                with contextlib.suppress(OSError):
                    log.replace(log.with_suffix(".log.1"))

    @property
    def _known(self) -> Environments:
        if self._environments is None:
            raise RuntimeError("the system has not started")
        return self._environments


def _own_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("ATELIER_")}
