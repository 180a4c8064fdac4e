"""How long something lasts, drawn by chance."""

import math
import random


def log_uniform(chance: random.Random, shortest: float, longest: float) -> float:
    """Seconds between the two, each order of magnitude as likely as another: mostly short, now and then long."""
    if longest <= shortest:
        return shortest
    return math.exp(chance.uniform(math.log(shortest), math.log(longest)))
