"""How a process ends, as whoever started it sees it."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from deploy.embedded.locations import CHECKOUT
from deploy.embedded.ports import free_ports
from tests.waiting import eventually

PROGRAM = """
import asyncio, sys
from pydantic import SecretStr
from shared.runtime.serving import serve
from shared.runtime.settings import ServiceSettings

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        print("drained", flush=True)
        return
    if scope["path"] == "/slow":
        print("begun", flush=True)
        await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})

serve(app, ServiceSettings(database_url=SecretStr("postgresql://nobody@localhost/none"), port=int(sys.argv[1])), service="registration")
"""


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def process(port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, str(port)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_finishes_what_it_has_begun_and_ends_well(
    process: subprocess.Popen[str], port: int, number: signal.Signals
) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:

        async def answers() -> bool:
            try:
                return (await client.get("/")).is_success
            except httpx.TransportError:
                return False

        await eventually(answers, within=30, what="the process to answer")
        slow = asyncio.create_task(client.get("/slow"))
        assert process.stdout is not None
        while "begun" not in (line := await asyncio.to_thread(process.stdout.readline)):
            assert line, "the process has ended"
        process.send_signal(number)
        assert (await slow).text == "done"
    assert await asyncio.to_thread(process.wait, 30) == 0
    assert "drained" in process.stdout.read()
