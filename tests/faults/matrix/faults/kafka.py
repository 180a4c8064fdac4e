"""Kafka that dies, stays away or answers nothing; and a cluster of three that loses one."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from tests.faults.matrix.durations import log_uniform
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.partitions import Partition
from tests.faults.matrix.stage import Stage

OUTAGES = {"5 s": (5, 5), "less than a minute": (5, 60), "minutes": (60, 240), "6 min": (360, 360)}
"""Shortest and longest, in seconds."""
LONGEST_FREEZE = 15.0
LONGEST_LOSS = 8.0
"""Seconds that one of three is away after the others have taken over."""


async def killed_and_restarted(stage: Stage, _chance: random.Random) -> Struck:
    """kill -9, and started again at once: it recovers its log."""
    busy = await stage.until_in_flight()
    await stage.servers.kill_kafka()
    await stage.servers.start_kafka()
    return Struck(busy)


async def away(shortest: float, longest: float, stage: Stage, chance: random.Random) -> Struck:
    """Gone for so many seconds, or as long as this run allows. Nobody restarts anything but the broker."""
    seconds = min(chance.uniform(shortest, longest), stage.longest_outage)
    busy = await stage.until_in_flight()
    await stage.servers.kill_kafka()
    try:
        await asyncio.sleep(seconds)
    finally:
        await stage.servers.start_kafka()
    return Struck(busy, f"for {seconds:.0f} s")


async def frozen(stage: Stage, chance: random.Random) -> Struck:
    """All connections stay, and nothing is answered on them."""
    seconds = log_uniform(chance, 1, LONGEST_FREEZE)
    busy = await stage.until_in_flight()
    async with stage.servers.frozen_kafka():
        await asyncio.sleep(seconds)
    await stage.servers.start_kafka()
    return Struck(busy, f"for {seconds:.0f} s")


async def one_of_three_lost(stage: Stage, chance: random.Random) -> Struck:
    """Whichever it is: the others go on, and it catches up."""
    return await _lose(stage, chance, lambda: _drawn(stage, chance))


async def leader_lost(stage: Stage, chance: random.Random) -> Struck:
    """The leader of the next partition that has not lost its leader yet; once all have, of any."""
    lost = stage.servers.lost_leaders
    leaders = await stage.servers.partitions.leaders()
    partition: Partition = chance.choice(sorted(leaders.keys() - lost) or sorted(leaders))
    struck = await _lose(stage, chance, lambda: stage.servers.leader_of(partition))
    return Struck(
        struck.in_flight, f"{struck.detail}, leader of {partition[0]}-{partition[1]}; {len(lost)} of {len(leaders)} partitions lost theirs"
    )


async def _drawn(stage: Stage, chance: random.Random) -> int:
    return chance.choice(stage.servers.nodes)


async def _lose(stage: Stage, chance: random.Random, choose: Callable[[], Awaitable[int]]) -> Struck:
    servers, seconds = stage.servers, log_uniform(chance, 0.5, LONGEST_LOSS)
    node = await choose()
    led = {partition for partition, leader in (await servers.partitions.leaders()).items() if leader == node}
    busy = await stage.until_in_flight()
    await servers.kill_kafka(node)
    try:
        await servers.partitions.until_led(but_by=node)
        servers.lost_leaders |= led
        await asyncio.sleep(seconds)
    finally:
        await servers.start_kafka(node)
    return Struck(busy, f"broker {node}")


FAULTS = (
    Fault("Kafka killed and restarted", "kafka", killed_and_restarted),
    *(Fault(f"Kafka away: {words}", "kafka", partial(away, *seconds), cheap=False, row="Kafka away") for words, seconds in OUTAGES.items()),
    Fault("Kafka frozen", "kafka", frozen),
    Fault("three brokers: one lost", "kafka", one_of_three_lost, cheap=False, brokers=3),
    Fault("three brokers: the leader of a partition lost", "kafka", leader_lost, cheap=False, brokers=3),
)
