"""Two web processes of registration behind one door, and a rush for the places of one workshop."""

import contextlib
import itertools
import random
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import cast
from urllib.parse import urlsplit

from tests.faults.matrix.act import Act, Size
from tests.faults.matrix.beside import beside
from tests.faults.matrix.examine import _identify
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.ledger import Course
from tests.faults.matrix.stage import Stage

RUSH = Size(capacity=6, applicants=24, withdrawing=0)
Address = tuple[str, int]


class Turns:
    """An address that is another one each time somebody connects to it."""

    def __init__(self, *addresses: Address) -> None:
        self._addresses = itertools.cycle(addresses)

    def __iter__(self) -> Iterator[str | int]:
        return iter(next(self._addresses))


async def rush(stage: Stage, chance: random.Random) -> Struck:
    """One more workshop, whose applicants are shared out between two processes."""
    course = Course(f"rush-{uuid.uuid4().hex[:6]}", RUSH.capacity)
    async with two_doors(stage):
        await Act(stage.load, course, RUSH, chance).play()
    await _identify(stage, course)
    return Struck(in_flight=True, detail=f"{RUSH.applicants} for {RUSH.capacity} places, in two processes")


@contextlib.asynccontextmanager
async def two_doors(stage: Stage) -> AsyncIterator[None]:
    """A second web process; connections of the front door go to one and the other in turn."""
    link = stage.links["front-door-registration"]
    async with beside(stage, "registration-web") as [other]:
        address, alone = urlsplit(other.url), link.target
        link.target = cast("Address", Turns(alone, (address.hostname or "", address.port or 0)))
        link.cut()  # the front door keeps connections open: those that it opens from now on are shared out
        try:
            yield
        finally:
            link.target = alone
            link.cut()


TWO_WEB_PROCESSES = Fault("two web processes of registration, one workshop", "worker", rush, cheap=False)
