"""A middleman between two parts of the system: carries their bytes, and on request refuses, stalls, delays, halves or cuts.

The client connects to `port`, which stays the link's own until it is stopped; the link goes on to `target`.
"""

import asyncio
import random
import socket
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.faults.matrix.carried import Carried, Mode, Rules, Traffic, Way
from tests.faults.matrix.doorway import Doorway, slam

__all__ = ["Link", "Mode", "Way"]


class Link:
    """Carries every connection to its target, in the mode of the moment. Each change holds for open connections too.

    Args:
        name: such as `notifications-postgres`.
        target: host and port of the server.
        port: the one that clients are given; 0 takes a free one.
        seed: decides the random part of delays.
    """

    def __init__(self, name: str, target: tuple[str, int], *, port: int = 0, seed: int = 0) -> None:
        self.name = name
        self.target = target
        self._doorway = Doorway(self._arrived, port=port)
        self._rules = Rules(random.Random(seed))  # noqa: S311  # repeatable on purpose
        self._traffic = Traffic()
        self._carried: set[Carried] = set()
        self._opening: dict[asyncio.Task[None], socket.socket] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._through = asyncio.Event()
        self._through.set()
        self.accepted = 0
        """Connections since it started."""

    @property
    def port(self) -> int:
        """What the client connects to, on the loopback interface."""
        return self._doorway.port

    @property
    def mode(self) -> Mode:
        """What it does at this moment."""
        return self._rules.mode

    @property
    def connections(self) -> int:
        """Open now, those that wait for the server included."""
        return len(self._carried) + len(self._waiting)

    @property
    def asked(self) -> int:
        """Connections on which the client has spoken last and the server has not answered yet."""
        return sum(carried.asked for carried in self._carried)

    @property
    def to_server(self) -> int:
        """Bytes that clients have sent since it started."""
        return self._traffic.to_server

    @property
    def to_client(self) -> int:
        """Bytes that the server has sent since it started."""
        return self._traffic.to_client

    @property
    def halved(self) -> int:
        """Chunks that were halved since it started."""
        return self._traffic.halved

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    def start(self) -> None:
        """Accept connections."""
        self._doorway.open()

    async def stop(self) -> None:
        """End every connection and give up the port."""
        self._doorway.release()
        self.cut()
        await asyncio.gather(*self._opening, return_exceptions=True)
        await asyncio.sleep(0)  # transports close their sockets in the next turn of the loop

    def clean(self) -> None:
        """Carry everything, at once. What a stall or a delay held back goes on its way."""
        self._become(Mode.CLEAN)
        self._doorway.open()

    def refuse(self) -> None:
        """Refuse new connections. Open ones go on; `cut` ends them."""
        self._become(Mode.REFUSE)
        self._doorway.shut()

    def stall(self, ways: Way = Way.BOTH) -> None:
        """Accept connections, keep open ones, and let nothing pass in these directions."""
        self._become(Mode.STALL, ways=ways)
        self._doorway.open()

    def delay(self, seconds: float, *, jitter: float = 0.0) -> None:
        """Hold back each chunk for so many seconds, and up to `jitter` more, in order."""
        self._become(Mode.DELAY, seconds=seconds, jitter=jitter)
        self._doorway.open()

    def halve(self, ways: Way = Way.BOTH, *, times: int = 1) -> None:
        """Of the next chunk in these directions let half through, then end its connection; so often in all, then carry again."""
        self._become(Mode.HALVE, ways=ways, halvings=times)
        self._doorway.open()

    def cut(self, *, reset: bool = False) -> int:
        """End all open connections now, by a reset if asked; what was under way in the link is lost. Returns how many there were."""
        ended = self.connections
        for carried in list(self._carried):
            carried.end(reset=reset)
        for task in self._waiting:
            task.cancel()
        return ended

    def abandon(self) -> int:
        """Let open connections fall silent for ever: the server's side ends, and clients are not told. Returns how many there were.

        So it is when a router forgets its connections; only its own patience helps a client.
        """
        abandoned = list(self._carried)
        for carried in abandoned:
            carried.abandon()
        return len(abandoned)

    async def next_chunk(self, way: Way = Way.TO_SERVER, *, within: float = 5.0) -> bool:
        """Wait until bytes travel this way, and return at once, before an answer to them can have passed. False if none came in time."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._traffic.watchers.append((way, future))
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await future
        return future.done() and not future.cancelled()

    def _become(self, mode: Mode, *, ways: Way = Way.BOTH, seconds: float = 0.0, jitter: float = 0.0, halvings: int = 0) -> None:
        rules = self._rules
        rules.mode, rules.ways, rules.seconds, rules.jitter, rules.halvings = mode, ways, seconds, jitter, halvings
        if rules.stalls(Way.TO_SERVER):
            self._through.clear()
        else:
            self._through.set()
        for carried in list(self._carried):
            carried.adapt()

    def _arrived(self, client: socket.socket) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._carry(client), name=f"link {self.name}")
        self._opening[task] = client
        self._waiting.add(task)
        task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        client = self._opening.pop(task)
        self._waiting.discard(task)
        if task.cancelled() or task.exception() is not None:
            slam(client)

    async def _carry(self, client: socket.socket) -> None:
        await self._through.wait()
        if task := asyncio.current_task():
            self._waiting.discard(task)
        carried = Carried(self._rules, self._traffic, self._carried.discard)
        self._carried.add(carried)
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: carried.server, *self.target)
            await loop.connect_accepted_socket(lambda: carried.client, client)
        except BaseException:
            carried.end(reset=True)
            raise
        finally:
            carried.opened()
