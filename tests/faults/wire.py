"""A TCP server and clients for tests of what stands between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from deploy.embedded.ports import LOOPBACK

PATIENCE = 10
SILENCE = 0.25
"""Seconds that count as silence."""


@dataclass
class Ends:
    """One side of a connection. Not to be shared."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    received: bytearray = field(default_factory=bytearray)

    async def say(self, what: bytes) -> None:
        self.writer.write(what)
        await self.writer.drain()

    async def hear(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(size)

    async def hear_out(self) -> bytes:
        """Everything up to the end."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def hears_nothing(self) -> bool:
        try:
            async with asyncio.timeout(SILENCE):
                await self.reader.read(1)
        except TimeoutError:
            return True
        return False

    async def ends_by_reset(self) -> bool:
        try:
            await self.hear_out()
        except ConnectionResetError:
            return True
        return False


@dataclass
class Server:
    """Keeps the connections that it accepts and says nothing by itself."""

    port: int = 0
    accepted: list[Ends] = field(default_factory=list)
    clients: list[Ends] = field(default_factory=list)
    arrived: asyncio.Queue[Ends] = field(default_factory=asyncio.Queue)

    async def next(self) -> Ends:
        async with asyncio.timeout(PATIENCE):
            return await self.arrived.get()

    async def client(self, port: int) -> Ends:
        """Connect to a port; the connection ends with the server."""
        self.clients.append(made := await connect(port))
        return made


@asynccontextmanager
async def server() -> AsyncIterator[Server]:
    made = Server()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = Ends(reader, writer)
        made.accepted.append(ends)
        made.arrived.put_nowait(ends)

    listening = await asyncio.start_server(accept, LOOPBACK, 0)
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()
        for ends in made.accepted + made.clients:
            ends.writer.transport.abort()
        await asyncio.sleep(0)


async def connect(port: int) -> Ends:
    return Ends(*await asyncio.open_connection(LOOPBACK, port))
