"""More load while a fault lasts longer than an act does."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import AsyncIterator

from tests.faults.matrix.act import Act, Size
from tests.faults.matrix.examine import _identify
from tests.faults.matrix.ledger import Course
from tests.faults.matrix.stage import Stage

SIZE = Size(4, 6, 1)


@contextlib.asynccontextmanager
async def load_meanwhile(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    """Small workshops, one after another for as long as it lasts; the ledger has them like all others. The last is played to its end."""
    over, played = asyncio.Event(), list[Course]()

    async def play() -> None:
        while not over.is_set():
            course = Course(f"meanwhile-{uuid.uuid4().hex[:6]}", SIZE.capacity)
            played.append(await Act(stage.load, course, SIZE, chance).play())

    task = asyncio.create_task(play())
    try:
        yield
    except BaseException:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    over.set()
    await task
    found = [finding for course in played for finding in await _identify(stage, course)]
    if found:
        raise AssertionError("; ".join(map(str, found)))
