"""Which faults strike, in which order, and when: all of it drawn from one number, so that the same number strikes the same way."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.matrix.fault import Fault

EACH_AT_LEAST = 10
LEAST_IN_ALL = 500
LONGEST_PAUSE_MS = 250


@dataclass(frozen=True, slots=True)
class Injection:
    """One strike to come. `actions` acknowledged actions of the load, then `pause` seconds: that is its moment."""

    number: int
    fault: Fault
    actions: int
    pause: float
    seed: str
    attempt: int = 1

    @property
    def moment(self) -> str:
        """For people."""
        return f"after {self.actions} acknowledged actions and {self.pause * 1000:.0f} ms"

    @property
    def chance(self) -> random.Random:
        """What the strike itself leaves to chance."""
        return random.Random(f"{self.seed} strike")  # noqa: S311 - repeatable on purpose

    @property
    def play(self) -> random.Random:
        """What the load leaves to chance meanwhile."""
        return random.Random(f"{self.seed} load")  # noqa: S311 - repeatable on purpose


def default_number(faults: Sequence[Fault]) -> int:
    """As many as it takes for each row to be struck often enough."""
    return max(LEAST_IN_ALL, EACH_AT_LEAST * len(rows(faults)))


def rows(faults: Sequence[Fault]) -> dict[str, list[Fault]]:
    """The rows of the report, each with the faults that count in it."""
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.counted_as, []).append(fault)
    return found


def draw(faults: Sequence[Fault], number: int, *, seed: int, actions: int) -> list[Injection]:
    """A plan in which no row is struck more than once oftener than another.

    Those that need a stage of their own come first, so that others can be played beside them.

    Args:
        faults: the kinds. Those of one row take turns.
        number: of strikes; fewer than there are rows take a sample of them.
        seed: decides all that is left to chance.
        actions: acknowledged ones in one act of the load, among which the moments lie.
    """
    chance = random.Random(f"{seed} plan")  # noqa: S311 - repeatable on purpose
    turns = {row: _turns(members, chance) for row, members in rows(faults).items()}
    each, rest = divmod(number, len(turns))
    chosen = [next(turns[row]) for row in [*turns] * each + chance.sample(list(turns), rest)]
    chance.shuffle(chosen)
    chosen.sort(key=lambda fault: fault.brokers, reverse=True)
    return [_injection(position, fault, seed=seed, actions=actions) for position, fault in enumerate(chosen, 1)]


def _turns(members: Sequence[Fault], chance: random.Random) -> Iterator[Fault]:
    return itertools.cycle(chance.sample(members, len(members)))


def again(injection: Injection, *, seed: int, actions: int) -> Injection:
    """The same kind at another moment, for a strike that met no work."""
    return _injection(injection.number, injection.fault, seed=seed, actions=actions, attempt=injection.attempt + 1)


def _injection(number: int, fault: Fault, *, seed: int, actions: int, attempt: int = 1) -> Injection:
    own = f"{seed}:{number}:{attempt}"
    chance = random.Random(own)  # noqa: S311 - repeatable on purpose
    return Injection(number, fault, chance.randint(1, actions), chance.randint(0, LONGEST_PAUSE_MS) / 1000, own, attempt)
