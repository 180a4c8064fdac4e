"""A clock that jumps either way in the middle of work.

Business time is real time plus one offset in a file that every process reads; what jumps is that offset, without asking whether anybody
rests. Leases, backoff and sessions follow real time and are not touched. No jump passes the end of a workshop or the grace of a reminder:
what is past then is rightly not sent any more.
"""

import random
from datetime import timedelta
from functools import partial
from typing import Literal

from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.stage import Stage

SHORTEST = timedelta(seconds=2)
LONGEST = timedelta(minutes=80)


async def jump(direction: Literal[-1, 1], stage: Stage, chance: random.Random) -> Struck:
    """Move it, and leave it there."""
    busy = await stage.until_in_flight()
    seconds = round(chance.uniform(SHORTEST.total_seconds(), LONGEST.total_seconds()))
    stage.move_clock(timedelta(seconds=direction * seconds))
    return Struck(busy, detail=f"{seconds // 60} min {seconds % 60} s")


FAULTS = (
    Fault("clock jumps forward", "clock", partial(jump, 1)),
    Fault("clock jumps back", "clock", partial(jump, -1)),
)
