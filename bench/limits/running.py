"""Starting a bare limit beside the system."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.embedded.ports import LOOPBACK, free_ports
from deploy.embedded.processes import ManagedProcess


@contextlib.asynccontextmanager
async def database(admin_url: str, name: str = "limits") -> AsyncIterator[str]:
    """An empty database on the same server; gone afterwards."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def handlers(directory: Path, database_url: str, count: int) -> AsyncIterator[list[str]]:
    """So many bare handlers on one database; yields their addresses."""
    started: list[tuple[ManagedProcess, str]] = []
    try:
        for number, port in enumerate(free_ports(count)):
            command = [sys.executable, "-m", "bench.limits.handler", "--port", str(port), "--database", database_url]
            process = ManagedProcess(f"limit-{number}", command, environment={}, log=directory / "limit.log", data_directory=directory)
            process.launch()
            started.append((process, f"http://{LOOPBACK}:{port}"))
            await process.ready(partial(_listens, port), within=30)
        yield [address for _, address in started]
    finally:
        for process, _ in started:
            await process.stop()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True
