import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.embedded.directory_lock import DirectoryLock
from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import CHECKOUT
from deploy.embedded.ports import free_ports
from deploy.embedded.processes import MARK
from deploy.embedded.system import System
from tests.waiting import eventually

START_WITHIN = 150
"""Seconds; a machine that runs other things too takes its time."""

COMMAND = [sys.executable, "-m", "deploy.command_line.main"]


class Launcher:
    """`atelier up` on one data folder, as a person starts it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_ports(1)[0]
        self.process: subprocess.Popen[bytes] | None = None
        self.output = directory.parent / "output"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "up", "--directory", str(self.directory), "--port", str(self.port)], cwd=CHECKOUT, stdout=output, stderr=output
            )
        return self.process

    async def ready(self) -> None:
        async with httpx.AsyncClient(base_url=self.address, trust_env=False, timeout=10) as client:

            async def answers() -> bool:
                assert self.process is not None
                if self.process.poll() is not None:
                    pytest.fail(f"the launcher ended: {self.output.read_text()}")
                try:
                    return (await client.get("/health/ready")).is_success
                except httpx.TransportError:
                    return False

            await eventually(answers, within=START_WITHIN, what="everything is ready")

    def children(self) -> list[psutil.Process]:
        """All processes that belong to the folder, whoever their parent is now."""
        found = []
        for process in psutil.process_iter():
            try:
                marked = process.environ().get(MARK, "")
            except (psutil.Error, OSError):
                continue
            if marked.startswith(str(self.directory)) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*COMMAND, "--on", str(self.directory), *arguments],
            check=False,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
async def launcher(server_directory: Path) -> AsyncIterator[Launcher]:
    launcher = Launcher(server_directory / "system")
    yield launcher
    if launcher.process is not None:
        launcher.process.send_signal(signal.SIGINT)
        try:
            await asyncio.to_thread(launcher.process.wait, 60)
        except subprocess.TimeoutExpired:
            launcher.process.kill()
            launcher.process.wait()
    for child in launcher.children():
        child.kill()


@pytest.mark.timeout(600)  # two starts of everything
async def test_data_survives_a_launcher_that_was_killed_and_ctrl_c_leaves_nothing_running(launcher: Launcher) -> None:
    first = launcher.launch()
    await launcher.ready()
    launcher.run("organiser", "create", "--address", "ana@example.org", "--name", "Ana")
    token = launcher.run("organiser", "token", "--address", "ana@example.org", "--name", "test").split()[-1]

    first.kill()
    await asyncio.to_thread(first.wait)
    orphans = {child.pid for child in launcher.children()}
    assert len(orphans) >= 10  # nobody was there to stop them

    second = launcher.launch()
    await eventually(lambda: not orphans & {child.pid for child in launcher.children()}, within=60, what="the orphans are stopped")
    await launcher.ready()
    async with httpx.AsyncClient(base_url=launcher.address, trust_env=False) as client:
        answer = await client.get("/api/v1/workshops", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
    assert launcher.run("reconcile") == "Databases, mailbox and Kafka agree.\n"

    second.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(second.wait, 60) == 0
    assert launcher.children() == []
    assert "Ctrl-C stops it" in launcher.output.read_text()


def hold_the_lock(directory: Path) -> subprocess.Popen[bytes]:
    code = """
import pathlib, sys
from deploy.embedded.directory_lock import DirectoryLock
lock = DirectoryLock(pathlib.Path(sys.argv[1]))
lock.acquire(address="http://localhost:4711")
print("held", flush=True)
sys.stdin.read()
"""
    return subprocess.Popen([sys.executable, "-c", code, str(directory)], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


async def test_a_second_launcher_on_the_same_folder_says_who_is_there(launcher: Launcher) -> None:
    launcher.directory.mkdir()
    lock = hold_the_lock(launcher.directory)
    assert lock.stdout is not None
    assert lock.stdin is not None
    with lock, lock.stdin:
        assert await asyncio.to_thread(lock.stdout.readline) == b"held\n"
        assert await asyncio.to_thread(launcher.launch().wait, 60) == 1
        told = launcher.output.read_text()
        assert "Another Atelier runs" in told
        assert f"process {lock.pid}, http://localhost:4711" in told


async def test_a_taken_port_is_told_without_a_traceback(launcher: Launcher) -> None:
    with socket.create_server(("127.0.0.1", launcher.port)):
        assert await asyncio.to_thread(launcher.launch().wait, 120) == 1
    output = launcher.output.read_text()
    assert f"Port {launcher.port} is taken by another program." in output
    assert f"What to do: stop that program, or choose another port: PORT={launcher.port + 1}" in output
    assert "Traceback" not in output
    assert launcher.children() == []


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("postgres/data/PG_VERSION", "12", r"secrets\.json is missing"),
        ("kafka/version", "3.9.0", r"holds data of Kafka 3\.9\.0"),
        ("postgres", "a file where a folder should be", "Cannot write to"),
    ],
    ids=["secrets gone", "data of another version", "a folder that cannot be used"],
)
async def test_data_that_cannot_be_used_is_left_alone_and_told(server_directory: Path, file: str, content: str, told: str) -> None:
    (server_directory / file).parent.mkdir(parents=True, exist_ok=True)
    (server_directory / file).write_text(content)
    with pytest.raises(LaunchError, match=told) as caught:
        async with System(server_directory):
            pytest.fail("it started")
    assert caught.value.way_out
    assert (server_directory / file).read_text() == content
    again = DirectoryLock(server_directory)
    again.acquire(address="free again")
    again.release()
