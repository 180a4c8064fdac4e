"""Workers that stand still, come and go, or are too many."""

import asyncio
import itertools
import random
import signal
import time

from deploy.embedded.databases import SERVICES
from tests.faults.matrix.beside import START_WITHIN, beside
from tests.faults.matrix.durations import log_uniform
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.meanwhile import load_meanwhile
from tests.faults.matrix.membership import groups_of, visit
from tests.faults.matrix.stage import Stage
from tests.waiting import eventually

SESSION = "ATELIER_CONSUMER_SESSION_SECONDS"
DEFAULT_SESSION = "10"
FEWEST_PARTITIONS = 6
"""Of any topic that notifications and certificates read."""


async def zombie(stage: Stage, chance: random.Random) -> Struck:
    """A worker stands still until Kafka and the others have given it up, and then goes on with what it had in hand.

    Another worker of the service is there to take over: partitions, expired claims, expired leases.
    """
    service = chance.choice(SERVICES)
    name = f"{service}-worker"
    worker = stage.system.process(name)
    session = float(stage.system.environment(service).get(SESSION, DEFAULT_SESSION))
    seconds = session * chance.uniform(1.3, 2.5)
    async with beside(stage, name), load_meanwhile(stage, chance):
        busy = await stage.until_in_flight(service, of_worker=True)
        await worker.kill(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            await worker.kill(signal.SIGCONT)
        await worker.ready()
        await asyncio.sleep(chance.uniform(0.5, 3))  # both are at work, and one of them leaves
    return Struck(busy, f"{service}, for {seconds:.0f} s", part=service)


async def rebalances(stage: Stage, chance: random.Random) -> Struck:
    """Members of a service's groups come and go without end: hardly anybody keeps a partition for long."""
    service, seconds = chance.choice(SERVICES), log_uniform(chance, 6, 15)
    groups = list(groups_of(stage, service).items())
    busy, visits, until = await stage.until_in_flight(service, of_worker=True), 0, time.monotonic() + seconds

    async def come_and_go(first: int) -> int:
        joined = 0
        for group, topic in itertools.islice(itertools.cycle(groups), first, None):
            if time.monotonic() > until:
                break
            joined += await visit(stage, group, topic)
        return joined

    visits = sum(await asyncio.gather(*(come_and_go(first) for first in range(2))))
    return Struck(busy and visits > 0, f"{service}, {visits} members came and went in {seconds:.0f} s", part=service)


async def workers_flap(stage: Stage, chance: random.Random) -> Struck:
    """Whole workers come, and are stopped or killed as soon as they are at work."""
    service = chance.choice(SERVICES)
    name, busy, killed = f"{service}-worker", False, 0
    times = chance.randint(2, 3)
    for _ in range(times):
        async with beside(stage, name) as [worker], load_meanwhile(stage, chance):
            busy |= await stage.until_in_flight(service, of_worker=True)
            await asyncio.sleep(chance.uniform(0, 1.5))
            if chance.random() < 0.5:
                killed += 1
                await worker.kill()
    return Struck(busy, f"{service}, {times} came and went, {killed} of them by kill -9", part=service)


async def more_than_partitions(stage: Stage, chance: random.Random) -> Struck:
    """Some have nothing to read; when the others fall, it is theirs."""
    service = chance.choice(("notifications", "certificates"))
    async with beside(stage, f"{service}-worker", FEWEST_PARTITIONS) as more, load_meanwhile(stage, chance):
        busy = await stage.until_in_flight(service, of_worker=True)
        fall = chance.sample(more, FEWEST_PARTITIONS // 2)
        for worker in fall:
            await worker.kill()
        await asyncio.sleep(chance.uniform(1, 4))
    return Struck(busy, f"{service}, {len(more) + 1} workers, {len(fall)} fell", part=service)


async def alone_again(stage: Stage, chance: random.Random) -> Struck:
    """The only worker is killed while another waits for its turn as the relay's leader, and is the only one from then on for a while."""
    service = chance.choice(SERVICES)
    name = f"{service}-worker"
    async with beside(stage, name), load_meanwhile(stage, chance):
        busy = await stage.until_in_flight(service, of_worker=True)
        await stage.system.process(name).kill()
        await eventually(lambda: not stage.system.process(name).running, what=f"{name} to be gone")
        await asyncio.sleep(chance.uniform(1, 5))
    await stage.system.process(name).start(within=START_WITHIN)
    return Struck(busy, service, part=service)


FAULTS = (
    Fault("worker paused past its session", "worker", zombie, cheap=False, opens_window=True),
    Fault("rebalances without end", "worker", rebalances),
    Fault("workers come and go", "worker", workers_flap, cheap=False, opens_window=True),
    Fault("more workers than partitions", "worker", more_than_partitions, cheap=False, opens_window=True),
    Fault("leading worker killed beside another", "worker", alone_again, cheap=False, opens_window=True),
)
