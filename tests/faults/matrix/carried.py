"""One connection through a link: two ends, and what happens to the bytes between them."""

import asyncio
import random
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from typing import cast

from tests.faults.matrix.doorway import RESET

HELD = 4 * 1024 * 1024
"""Bytes of one direction that a delay holds back before it stops reading."""


class Mode(Enum):
    """What a link does to its connections."""

    CLEAN = "clean"
    REFUSE = "refuse"
    STALL = "stall"
    DELAY = "delay"
    HALVE = "halve"


class Way(Flag):
    """The direction in which bytes travel."""

    TO_SERVER = auto()
    TO_CLIENT = auto()
    BOTH = TO_SERVER | TO_CLIENT


@dataclass
class Rules:
    """What holds for all connections of a link at this moment.

    Seconds are real time; `halvings` is how many chunks are still to be halved.
    """

    chance: random.Random
    mode: Mode = Mode.CLEAN
    ways: Way = Way.BOTH
    seconds: float = 0.0
    jitter: float = 0.0
    halvings: int = 0

    def stalls(self, way: Way) -> bool:
        """Whether nothing may pass this way."""
        return self.mode is Mode.STALL and way in self.ways

    def halves(self, way: Way) -> bool:
        """Whether the next chunk this way is the last of its connection."""
        return self.mode is Mode.HALVE and self.halvings > 0 and way in self.ways

    def wait(self) -> float:
        """How long the next chunk is held back."""
        return self.seconds + self.chance.uniform(0, self.jitter) if self.mode is Mode.DELAY else 0.0


@dataclass
class Traffic:
    """What a link has carried since it started: bytes in each direction, and how many chunks were halved."""

    to_server: int = 0
    to_client: int = 0
    halved: int = 0
    watchers: list[tuple[Way, asyncio.Future[None]]] = field(default_factory=list)

    def count(self, way: Way, size: int) -> None:
        """A chunk has arrived; tell those who wait for one."""
        if way is Way.TO_SERVER:
            self.to_server += size
        else:
            self.to_client += size
        if self.watchers:
            for watched, future in self.watchers:
                if way in watched and not future.done():
                    future.set_result(None)
            self.watchers = [watcher for watcher in self.watchers if not watcher[1].done()]


class End(asyncio.Protocol):
    """Reads at one side; what it reads goes out at the other side, in order. Reading stops while it may not go out."""

    def __init__(self, carried: "Carried", way: Way) -> None:
        self._carried = carried
        self.way = way
        self.transport: asyncio.Transport | None = None
        self._other: End | None = None
        self._held: deque[tuple[float, bytes | None]] = deque()
        self._held_bytes = 0
        self._choked = False
        self._timer: asyncio.TimerHandle | None = None

    def face(self, other: "End") -> None:
        """Name the other end."""
        self._other = other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; what the other end has read already can go out now."""
        self.transport = cast("asyncio.Transport", transport)
        self.adapt()
        if self._other is not None:
            self._other.adapt()

    def data_received(self, data: bytes) -> None:
        """Pass a chunk on, hold it back, or halve it."""
        carried = self._carried
        if carried.abandoned:
            return
        carried.asked = self.way is Way.TO_SERVER
        carried.traffic.count(self.way, len(data))
        if carried.rules.halves(self.way):
            carried.rules.halvings -= 1
            carried.traffic.halved += 1
            carried.halve(self, data)
        else:
            self._pass_on(data)

    def eof_received(self) -> bool:
        """The sender has finished, and may still read: that is passed on too, behind its last bytes."""
        if self._carried.abandoned:
            return False
        self._pass_on(None)
        return True

    def pause_writing(self) -> None:
        """This side takes no more for now, so the other one is not read."""
        if self._other is not None:
            self._other.choke(choked=True)

    def resume_writing(self) -> None:
        """Read the other side again."""
        if self._other is not None:
            self._other.choke(choked=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side learns of it in the same way: by a reset, or by an end."""
        self._carried.lost(self, reset=exc is not None)

    def choke(self, *, choked: bool) -> None:
        """Whether the other side's buffer is full."""
        self._choked = choked
        self.adapt()

    def adapt(self) -> None:
        """Do what the rules of this moment ask for."""
        self._pump()
        if self.transport is None or self.transport.is_closing():
            return
        may_read = not (self._choked or self._held_bytes > HELD or self._carried.rules.stalls(self.way))
        if may_read and not self.transport.is_reading():
            self.transport.resume_reading()
        elif not may_read and self.transport.is_reading():
            self.transport.pause_reading()

    def flush(self) -> None:
        """Let out at once whatever is held back."""
        while self._held:
            self._write(self._held.popleft()[1])
        self._held_bytes = 0

    def drop(self, *, reset: bool) -> None:
        """Close this side now, without sending what is left."""
        if self._timer is not None:
            self._timer.cancel()
        if self.transport is not None:
            if reset:
                _make_reset(self.transport)
            self.transport.abort()

    def _pass_on(self, data: bytes | None) -> None:
        wait = self._carried.rules.wait()
        if not wait and not self._held and self._other is not None and self._other.transport is not None:
            self._write(data)
            return
        due = asyncio.get_running_loop().time() + wait
        self._held.append((max(due, self._held[-1][0]) if self._held else due, data))
        self._held_bytes += len(data or b"")
        self.adapt()

    def _pump(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._held or self._other is None or self._other.transport is None or self._carried.rules.stalls(self.way):
            return
        loop = asyncio.get_running_loop()
        while self._held:
            due, data = self._held[0]
            if self._carried.rules.mode is Mode.DELAY and due > loop.time():
                self._timer = loop.call_at(due, self.adapt)
                return
            self._held.popleft()
            self._held_bytes -= len(data or b"")
            self._write(data)

    def _write(self, data: bytes | None) -> None:
        outward = self._other.transport if self._other is not None else None
        if outward is None or outward.is_closing():
            return
        if data is not None:
            outward.write(data)
        elif outward.can_write_eof():
            outward.write_eof()
            self._carried.finished(self.way)


class Carried:
    """A connection and its continuation to the server.

    `asked`: the last bytes were the client's, so an answer is awaited. `over`: it has ended. `abandoned`: the server is gone, and the
    client is not told.
    """

    def __init__(self, rules: Rules, traffic: Traffic, ended: Callable[["Carried"], None]) -> None:
        self.rules = rules
        self.traffic = traffic
        self.asked = False
        self._ended = ended
        self.over = False
        self.abandoned = False
        self._reset = False
        self._finished = Way(0)
        self.client, self.server = End(self, Way.TO_SERVER), End(self, Way.TO_CLIENT)
        self.client.face(self.server)
        self.server.face(self.client)

    def adapt(self) -> None:
        """The rules have changed."""
        self.client.adapt()
        self.server.adapt()

    def finished(self, way: Way) -> None:
        """One side has nothing more to say; when both have not, the connection is over."""
        self._finished |= way
        if self._finished == Way.BOTH and self._close():
            for end in (self.client, self.server):
                if end.transport is not None:
                    end.transport.close()

    def halve(self, end: End, data: bytes) -> None:
        """Let the first half of a chunk through, and nothing more in any direction."""
        end.flush()
        onward = self.server if end is self.client else self.client
        if onward.transport is None:
            self.end(reset=False)
        elif self._close():
            onward.transport.write(data[: len(data) // 2])
            onward.transport.close()
            end.drop(reset=False)

    def abandon(self) -> None:
        """End the server's side, and never let the client hear anything again, not even that."""
        self.abandoned = True
        self.asked = False
        self.server.drop(reset=True)
        self.client.adapt()

    def lost(self, end: End, *, reset: bool) -> None:
        """One side is gone."""
        if not self.abandoned or end is self.client:
            self.end(reset=reset)

    def end(self, *, reset: bool) -> None:
        """Close both sides now."""
        if self._close():
            self._reset = reset
            self.client.drop(reset=reset)
            self.server.drop(reset=reset)

    def opened(self) -> None:
        """Both sides are there, unless one could not be had; if it has ended meanwhile, close what came later."""
        if self.over:
            self.client.drop(reset=self._reset)
            self.server.drop(reset=self._reset)
        elif self.abandoned:
            self.server.drop(reset=True)

    def _close(self) -> bool:
        if self.over:
            return False
        self.over = True
        self._ended(self)
        return True


def _make_reset(transport: asyncio.Transport) -> None:
    wire = transport.get_extra_info("socket")
    if wire is not None and wire.fileno() >= 0:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
