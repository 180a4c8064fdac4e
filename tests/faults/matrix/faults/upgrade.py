"""Two versions of a service side by side: a rolling upgrade with a migration between them, and back.

What is proven: a migration runs while the version before it is at work, which goes on working and stays ready on the newer schema; a web
process and a worker of each version serve, read, publish, deliver and render at the same time, with events in two shapes of one version on
the same topics; each is stopped under load without anything lost; and the version before can be started again after the later one, on the
schema that stays. What is not: that two versions whose *behaviour* differs agree. The later one is a copy of this code with added columns,
an index, and a field in every event (`later_version`).
"""

import asyncio
import contextlib
import random

from deploy.embedded.databases import SERVICES
from deploy.embedded.service_process import ServiceProcess
from shared.contracts.topics import TOPICS
from tests.faults.matrix.beside import START_WITHIN, beside
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.later_version import MARK, TABLES, LaterVersion
from tests.faults.matrix.link import Link
from tests.faults.matrix.meanwhile import load_meanwhile
from tests.faults.matrix.planting import Planting
from tests.faults.matrix.stage import Stage

TOGETHER = (4.0, 8.0)
ALONE = (1.0, 3.0)
TURN = 0.25


async def rolling_upgrade(stage: Stage, chance: random.Random) -> Struck:
    """One service: migrated, both versions at work, the later alone, both again, the earlier alone."""
    service = chance.choice(SERVICES)
    later = LaterVersion(stage.directory / "later-version")
    environment = stage.system.environment(service)
    revision = later.add_migration(service, chance.choice(TABLES[service]))
    own = [stage.system.process(f"{service}-{kind}") for kind in ("worker", "web")]
    link, before = stage.links[f"front-door-{service}"], await _marked(stage, service)
    earlier_web, told = link.target, later.environment(environment)
    async with load_meanwhile(stage, chance), contextlib.AsyncExitStack() as together:
        busy = await stage.until_in_flight(service)
        await later.migrate(service, environment)
        for process in own:
            await process.ready(within=15)  # on the newer schema, without a restart
        await together.enter_async_context(beside(stage, f"{service}-worker", environment=told))
        [web] = await together.enter_async_context(beside(stage, f"{service}-web", environment=told))
        later_web = (earlier_web[0], int(web.url.rpartition(":")[2]))
        try:
            await _share(link, [earlier_web, later_web], chance.uniform(*TOGETHER))
            busy |= await stage.in_flight(service)
            link.target = later_web
            await _stop(own)
            await asyncio.sleep(chance.uniform(*ALONE))
            for process in own:
                await process.start(within=START_WITHIN)  # back again: there is nothing to migrate down
            await _share(link, [later_web, earlier_web], chance.uniform(*TOGETHER))
        finally:
            link.target = earlier_web
    marked = await _marked(stage, service) - before
    return Struck(busy and marked > 0, f"{service}, to {revision} and back, {marked} events in the later shape", part=service)


async def _share(link: Link, targets: list[tuple[str, int]], seconds: float) -> None:
    """Lead new connections to one and the other in turn."""
    for turn in range(int(seconds / TURN)):
        link.target = targets[turn % len(targets)]
        if not link.asked:
            link.cut()  # connections that are kept open would stay with one of them
        await asyncio.sleep(TURN)


async def _stop(processes: list[ServiceProcess]) -> None:
    await asyncio.gather(*(process.stop() for process in processes))


async def _marked(stage: Stage, service: str) -> int:
    """How many of the service's events have the later version's field."""
    planting, count = Planting(stage), 0
    for topic in TOPICS:
        if topic.owner == service:
            count += sum(MARK.encode() in (record.value or b"") for record in await planting.records(topic))
    return count


FAULTS = (Fault("rolling upgrade, and back", "upgrade", rolling_upgrade, cheap=False, opens_window=True),)
