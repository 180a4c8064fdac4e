"""Accepted means kept and never oversold, with real processes, one of which is killed in the middle."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx

from services.registration.settings import RegistrationSettings
from tests.component.registration.material import counts, open_one
from tests.waiting import eventually

CAPACITY, PEOPLE = 60, 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def start(settings: RegistrationSettings, port: int, log: Path) -> subprocess.Popen[bytes]:
    values = settings.model_dump(mode="json") | {"port": port, "log_level": "WARNING"}
    values |= {"database_url": settings.dsn, "link_secret": settings.link_secret.get_secret_value(), "admission_group": 4}
    environment = {f"ATELIER_{name.upper()}": str(value) for name, value in values.items() if value is not None}
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "services.registration.web_app"], env=os.environ | environment, stdout=output, stderr=output
        )


async def ready(url: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{url}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False


async def test_every_success_is_kept_and_no_place_is_given_twice(
    settings: RegistrationSettings, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    workshop = await open_one(connection, capacity=CAPACITY)
    ports = [free_port(), free_port()]
    processes = [start(settings, port, tmp_path / f"{port}.log") for port in ports]
    try:
        for port in ports:
            await eventually(lambda port=port: ready(f"http://127.0.0.1:{port}"), within=40, what="a web process is ready")
        accepted = await _submit_and_kill(workshop.definition.slug, ports, processes[0])
    finally:
        for process in processes:
            process.kill()
            process.wait()
    rows = await connection.fetch(
        "SELECT address_key, state, number FROM registrations WHERE workshop_id = $1 ORDER BY number", workshop.id
    )
    kept = {row["address_key"] for row in rows}
    assert accepted <= kept, "an accepted registration is gone"
    assert len(rows) == PEOPLE, "everybody who tried again with the same form is registered once"
    assert await counts(connection, workshop.id) == (CAPACITY, PEOPLE - CAPACITY)
    assert [row["number"] for row in rows] == list(range(1, PEOPLE + 1))
    assert [row["state"] for row in rows] == ["confirmed"] * CAPACITY + ["waiting"] * (PEOPLE - CAPACITY)
    published = await connection.fetchval("SELECT count(DISTINCT key) FROM outbox WHERE topic = 'registrations'")
    assert published == PEOPLE, "a registration without its fact"


async def _submit_and_kill(slug: str, ports: list[int], victim: subprocess.Popen[bytes]) -> set[str]:
    """Everybody submits to one of two processes; one is killed after some answers, and whoever got none tries the other."""
    accepted: set[str] = set()

    async def submit(client: httpx.AsyncClient, number: int) -> None:
        form = {
            "address": f"person-{number}@example.org",
            "given_name": "Ana",
            "family_name": "Šehović",
            "country": "BA",
            "language": "en",
            "form_token": str(uuid4()),
        }
        for port in (ports[number % 2], ports[1], ports[1]):
            try:
                answer = await client.post(f"http://127.0.0.1:{port}/workshops/{slug}/register", data=form)
            except httpx.TransportError:
                continue
            if answer.status_code == 303:
                accepted.add(form["address"])
                if len(accepted) == PEOPLE // 4:
                    victim.send_signal(signal.SIGKILL)
                return

    limits = httpx.Limits(max_connections=40)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        await asyncio.gather(*(submit(client, number) for number in range(PEOPLE)))
    assert victim.wait(10) == -signal.SIGKILL
    return accepted
