"""kill -9 of each process of each service, at any moment of its work, and of the children that render certificates."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from functools import partial

import psutil

from deploy.embedded.databases import SERVICES
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.stage import PAUSE, Stage

LOOKS = 5
"""Work may be done between the look and the strike; then the next work is waited for."""
RENDERER = "spawn_main"
"""What the command line of a rendering process holds, and that of the one that tracks their resources does not."""


async def kill_web(service: str, stage: Stage, chance: random.Random) -> Struck:
    """While somebody waits for an answer of it."""
    if not await stage.load.until_asking(service):
        return Struck(in_flight=False, detail="nobody asked")
    waiting = stage.load.asking(service)
    await stage.system.process(f"{service}-web").kill()
    await stage.restart(f"{service}-web")
    return Struck(in_flight=True, detail=f"{waiting} waited for an answer")


async def kill_worker(service: str, stage: Stage, chance: random.Random) -> Struck:
    """While it has something to publish, to read or to do."""
    met = await _in_the_middle(stage, service, chance)
    if met:
        await stage.system.process(f"{service}-worker").kill()
        await stage.restart(f"{service}-worker")
    return Struck(in_flight=bool(met), detail=met)


async def kill_renderer(stage: Stage, chance: random.Random) -> Struck:
    """While certificates are to be rendered."""

    async def due() -> int:
        status = (await stage.system.status())["certificates"]
        return status.due if status is not None else 0

    while not (waiting := await due()):
        if stage.load.ended and not await stage.in_flight():
            return Struck(in_flight=False, detail="nothing was to be rendered")
        await asyncio.sleep(PAUSE)
    renderers = sorted(_renderers(stage), key=lambda process: process.pid)
    if not renderers:
        return Struck(in_flight=False, detail="nobody renders")
    await asyncio.sleep(chance.uniform(0, 0.1))
    waiting = await due()
    with contextlib.suppress(psutil.NoSuchProcess):
        killed = chance.choice(renderers)
        killed.kill()
        await asyncio.to_thread(psutil.wait_procs, [killed], 5)
    return Struck(in_flight=waiting > 0, detail=f"{waiting} were to be made")


async def _in_the_middle(stage: Stage, service: str, chance: random.Random) -> str:
    """Wait for work, let a moment pass, and look again; says what there is to do, empty where there was nothing."""
    for _ in range(LOOKS):
        if not await stage.until_in_flight(service, of_worker=True):
            return ""
        await asyncio.sleep(chance.uniform(0, 0.2))
        status = (await stage.system.status())[service]
        if status is not None and not status.quiet:
            return str(status)
    return ""


def _renderers(stage: Stage) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return [child for child in stage.children("certificates-worker") if any(RENDERER in word for word in child.cmdline())]
    return []


def _kill(what: str, strike: Callable[[Stage, random.Random], Awaitable[Struck]], *, opens_window: bool = False) -> Fault:
    return Fault(f"kill -9: {what}", "kill", strike, opens_window=opens_window)


FAULTS = (
    *(_kill(f"{service} web", partial(kill_web, service)) for service in SERVICES),
    *(_kill(f"{service} worker", partial(kill_worker, service), opens_window=service == "notifications") for service in SERVICES),
    _kill("a renderer of certificates", kill_renderer),
)
