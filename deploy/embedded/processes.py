"""Operating-system processes with a log file each, started and stopped as groups, and found again after a crash."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import psutil

from deploy.embedded.errors import LaunchError

MARK = "ATELIER_DATA_DIRECTORY"
"""Every process carries this variable in its environment: after a kill -9 of the launcher, the next start finds what was left."""


class ManagedProcess:
    """One process in a session of its own, so that a Ctrl-C in the terminal reaches the launcher only.

    Standard output and error go to `log`. `user` is a system user name to run as (root only).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        data_directory: Path,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = {**environment, MARK: str(data_directory)}
        self._user = user
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._meant_to_run = False

    @property
    def pid(self) -> int:
        """Of the running (or last) process."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs, or before the first start; negative: the signal that ended it."""
        return None if self._process is None else self._process.poll()

    @property
    def running(self) -> bool:
        """Whether the process is there. It may still be starting."""
        return self._process is not None and self._process.poll() is None

    @property
    def died(self) -> bool:
        """Whether it ended although nobody here stopped it."""
        return self._meant_to_run and not self.running

    def launch(self) -> None:
        """Start it (again); its log goes on in the same file."""
        if self.running:
            return
        self._meant_to_run = True
        self._sweep()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                cwd="/" if self._user else None,
            )

    async def ready(self, check: Callable[[], Awaitable[bool]], *, within: float) -> None:
        """Wait until `check` holds; a process that dies first, or `within` seconds that pass, is a LaunchError with its log."""
        deadline = time.monotonic() + within
        while not await check():
            if not self.running:
                raise LaunchError(
                    f"{self.name} stopped while starting (exit status {self.returncode}).",
                    way_out=f"read its log, {self.log}",
                    detail=self.tail(),
                )
            if time.monotonic() > deadline:
                raise LaunchError(
                    f"{self.name} was not ready within {within:.0f} seconds.",
                    way_out=f"read its log, {self.log}; a very busy machine may need another try",
                    detail=self.tail(),
                )
            await asyncio.sleep(0.05)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process alone, as an out-of-memory killer would."""
        if self.running:
            os.kill(self.pid, number)

    async def gone(self, *, within: float = 10) -> None:
        """Wait until the process has ended."""
        deadline = time.monotonic() + within
        while self.running:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} still runs after {within} seconds")
            await asyncio.sleep(0.02)

    async def stop(self, *, grace: float = 20) -> None:
        """Ask it to stop, wait for `grace` seconds, then kill its whole group."""
        self._meant_to_run = False
        if self.running:
            self.kill(self._stop_signal)
            with contextlib.suppress(TimeoutError):
                await self.gone(within=grace)
        self._sweep()
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _sweep(self) -> None:
        """Kill what is left of the group: children of a pool outlive a parent that was killed."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def stop_leftovers(data_directory: Path, *, grace: float = 10) -> list[str]:
    """Stop every process that an earlier launcher started for this folder and could not stop; returns their command names."""
    mine = psutil.Process().pid
    left: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != mine and process.environ().get(MARK) == str(data_directory):
                left.append(process)
    names = []
    for process in left:
        with contextlib.suppress(psutil.Error):
            names.append(process.name())
            # SIGINT is a fast shutdown to PostgreSQL, whose SIGTERM would wait for clients.
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    _, stubborn = psutil.wait_procs(left, timeout=grace)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=grace)
    return names
