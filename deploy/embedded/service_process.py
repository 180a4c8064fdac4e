"""One of the system's own processes: it answers HTTP, and says itself when it is ready."""

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from deploy.embedded.plain_http import no_authorities
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.processes import ManagedProcess


class ServiceProcess:
    """Start, kill, start again. What is killed here is not reported as having died."""

    def __init__(
        self, name: str, command: Sequence[str], *, url: str, environment: Mapping[str, str], log: Path, data_directory: Path
    ) -> None:
        self.name = name
        self.url = url
        self._command, self._environment, self._data_directory = list(command), dict(environment), data_directory
        self._managed = ManagedProcess(name, command, environment=environment, log=log, data_directory=data_directory)
        self._meant_to_run = False

    @property
    def pid(self) -> int:
        """Of the running (or last) process."""
        return self._managed.pid

    @property
    def running(self) -> bool:
        """Whether the process is there. It may still be starting."""
        return self._managed.running

    @property
    def died(self) -> bool:
        """Whether it ended although nobody here ended it."""
        return self._meant_to_run and not self._managed.running

    @property
    def log(self) -> Path:
        """Its log file."""
        return self._managed.log

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._managed.returncode

    def another(self, name: str, *, port: int, environment: Mapping[str, str] | None = None) -> "ServiceProcess":
        """One more of its kind, which answers on a port of its own; not started yet. `environment` is over what this one has.

        Whoever asks for it stops it.
        """
        return ServiceProcess(
            name,
            self._command,
            url=f"http://{LOOPBACK}:{port}",
            environment={**self._environment, "ATELIER_PORT": str(port), **(environment or {})},
            log=self.log.with_name(f"{name}.log"),
            data_directory=self._data_directory,
        )

    def launch(self) -> None:
        """Start it and do not wait."""
        self._managed.launch()
        self._meant_to_run = True

    async def start(self, *, within: float = 60) -> None:
        """Start it (again) and wait until it is ready."""
        self.launch()
        await self.ready(within=within)

    async def ready(self, *, within: float = 60) -> None:
        """Wait until `/health/ready` says so. Raises LaunchError with the end of the log."""
        async with httpx.AsyncClient(timeout=5, trust_env=False, verify=no_authorities()) as client:

            async def check() -> bool:
                try:
                    return (await client.get(f"{self.url}/health/ready")).is_success
                except httpx.TransportError:
                    return False

            await self._managed.ready(check, within=within)

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal. After SIGKILL, waits until the process is gone."""
        if number in {signal.SIGKILL, signal.SIGTERM}:
            self._meant_to_run = False
        self._managed.kill(number)
        if number == signal.SIGKILL:
            await self._managed.gone()

    async def stop(self, *, grace: float = 20) -> None:
        """Ask it to stop, and kill it after `grace` seconds."""
        self._meant_to_run = False
        await self._managed.stop(grace=grace)

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        return self._managed.tail(lines)
