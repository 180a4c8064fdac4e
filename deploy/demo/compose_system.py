"""The whole system in containers, as docker-compose.yml has it, with a clock that can be moved and doors for those who count."""

import asyncio
import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from deploy.embedded.databases import SERVICES, Databases
from deploy.embedded.directory_lock import DirectoryLock
from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import CHECKOUT
from deploy.embedded.plain_http import no_authorities
from deploy.embedded.ports import LOOPBACK, free_ports, require_free_port
from deploy.embedded.status import Status
from deploy.embedded.test_clock import OffsetClock
from deploy.images.compose import Compose, Container

FILES = ("docker-compose.yml", "deploy/images/compose.demo.yml")
OTHERS = frozenset({"postgres", "kafka"})
"""Containers whose processes are not ours; what they end with is theirs."""

ONE_OF_EACH_IMAGE = ("prepare", *(f"{service}-web" for service in SERVICES))
START_SECONDS = 300
LOOK_SECONDS = 5


class ComposeSystem:
    """`async with ComposeSystem(directory, …) as system:` builds the images, starts every container, and removes all of it at the end.

    Args:
        directory: the clock's file and, at the end, the logs.
        starts_at: where the test clock starts, an aware moment.
        front_door_port: the address that people open.
        announce: told, in a word or two, what is being done.
    """

    def __init__(self, directory: Path, *, starts_at: datetime, front_door_port: int, announce: Callable[[str], None]) -> None:
        self.directory = directory.resolve()
        self.front_door = f"http://localhost:{front_door_port}"
        self._port = front_door_port
        self._starts_at = starts_at
        self._announce = announce
        self._lock = DirectoryLock(self.directory)
        clock = self.directory / "clock"
        clock.mkdir(parents=True, exist_ok=True)
        clock.chmod(0o755)  # mounted into containers whose processes are another user
        self.clock = OffsetClock(clock / "offset", self.status)
        postgres, kafka, *workers = free_ports(2 + len(SERVICES))
        self._workers = dict(zip(SERVICES, workers, strict=True))
        self.kafka = f"{LOOPBACK}:{kafka}"
        passwords = {name: secrets.token_urlsafe(24) for name in (*SERVICES, "postgres")}
        self._databases = Databases(f"postgresql://postgres@{LOOPBACK}:{postgres}/postgres", passwords)
        self._compose = Compose(
            # Of its own: what somebody else runs from this checkout, or from another, is left alone.
            project="atelier-demo-" + hashlib.sha256(str(self.directory).encode()).hexdigest()[:8],
            files=FILES,
            environment={
                **_inherited(),
                **{f"{name.upper()}_PASSWORD": password for name, password in passwords.items()},
                **{f"DEMO_{service.upper()}_PORT": str(port) for service, port in self._workers.items()},
                "LINK_SECRET": secrets.token_urlsafe(32),
                "ATELIER_FRONT_DOOR_PORT": str(front_door_port),
                "ATELIER_PUBLIC_URL": self.front_door,
                "DEMO_POSTGRES_PORT": str(postgres),
                "DEMO_KAFKA_PORT": str(kafka),
                "DEMO_CLOCK": str(clock),
            },
        )

    def environment(self, service: str) -> dict[str, str]:
        """The variables for a command that speaks for a service, run on this machine."""
        own = {"ATELIER_DATABASE_URL": self._databases.url(service), "ATELIER_TOPIC_PREFIX": "", "ATELIER_ENVIRONMENT": "development"}
        return {**_inherited(), **own, "PYTHONPATH": str(CHECKOUT)}

    async def status(self) -> Mapping[str, Status | None]:
        """What each service's worker says; None for one that does not answer."""
        async with httpx.AsyncClient(timeout=10, trust_env=False, verify=no_authorities()) as client:
            answers = await asyncio.gather(*(_status(client, port) for port in self._workers.values()))
        return dict(zip(self._workers, answers, strict=True))

    async def failure(self) -> LaunchError:
        """Wait until a container ends that nobody ended, and say which."""
        while True:
            for container in await self._compose.containers():
                if container.state == "exited" and container.service != "prepare":
                    log = await self._compose.run("logs", "--no-color", "--tail", "15", container.service)
                    return LaunchError(
                        f"The container of {container.service} ended (exit status {container.exit_status}).",
                        way_out="read the lines below; then start again",
                        detail=log,
                    )
            await asyncio.sleep(LOOK_SECONDS)

    async def __aenter__(self) -> Self:
        self._lock.acquire(address=self.front_door)
        try:
            await self._remove()  # what a demonstration that was killed has left
            require_free_port(self._port, setting=f"PORT={self._port + 1}")
            self.clock.start_at(self._starts_at)
            self._announce("images; the first time this takes minutes")
            await self._compose.run("build", "--quiet", *ONE_OF_EACH_IMAGE)
            self._announce("containers")
            await self._compose.run("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(START_SECONDS))
        except BaseException:
            with contextlib.suppress(LaunchError):  # what went wrong first is what counts
                await self._keep_logs()
                await self._remove()
            self._lock.release()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            await self._compose.run("stop")
            ended = await self._compose.containers()
            await self._keep_logs()
            await self._remove()
        finally:
            self._lock.release()
        if error is None and (badly := stopped_badly(ended)):
            raise LaunchError(
                f"Told to stop, not every process finished in order: {', '.join(badly)}.",
                way_out=f"read {self.directory / 'logs'}",
            )

    async def _keep_logs(self) -> None:
        logs = self.directory / "logs"
        logs.mkdir(exist_ok=True)
        for container in await self._compose.containers():
            printed = await self._compose.run("logs", "--no-color", "--no-log-prefix", container.service)
            (logs / f"{container.service}.log").write_text(printed)

    async def _remove(self) -> None:
        await self._compose.run("down", "--volumes", "--remove-orphans", "--timeout", "60")


def stopped_badly(containers: list[Container]) -> list[str]:
    """Those of our processes that are not gone, or did not end with status 0: cut off by the engine, or crashed."""
    return [
        f"{one.service} ({one.state}, {one.exit_status})"
        for one in containers
        if one.service not in OTHERS and (one.state, one.exit_status) != ("exited", 0)
    ]


async def _status(client: httpx.AsyncClient, port: int) -> Status | None:
    try:
        answer = await client.get(f"http://{LOOPBACK}:{port}/status")
        return Status.read(answer.raise_for_status().json())
    except (httpx.HTTPError, KeyError):
        return None


def _inherited() -> dict[str, str]:
    """This process's variables, without settings that somebody has made for another system."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ATELIER_", "COMPOSE_"))}
