"""How defects are planted: a statement does something else than it says, or the failure matrix's own defect is put in."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.faults.matrix.defects import named
from tests.faults.matrix.patching import undo_all
from tests.faults.simulation.in_memory import twins
from tests.faults.simulation.in_memory.twins import Twin

Planted = contextlib.AbstractContextManager[Any]
Defect = Callable[[], Planted]
Cases = dict[str, tuple[Defect, str]]
"""By name: the defect, and words of the promise that it must break."""


@contextlib.contextmanager
def other_twin(name: str, run: Callable[..., twins.Result]) -> Iterator[None]:
    """Let a statement do something else than it says."""
    place = next(place for place, twin in enumerate(twins.TWINS) if twin.run.__name__ == name)
    proper = twins.TWINS[place]
    twins.TWINS[place] = replace(proper, run=run)
    twins.find_twin.cache_clear()
    try:
        yield
    finally:
        twins.TWINS[place] = proper
        twins.find_twin.cache_clear()


@contextlib.contextmanager
def of_the_matrix(name: str, *statements: Twin) -> Iterator[None]:
    """A defect of the failure matrix; `statements` are the twins of those that it brings along."""
    twins.TWINS.extend(statements)
    twins.find_twin.cache_clear()
    undoes = named(name).plant()
    try:
        yield
    finally:
        undo_all(undoes)
        del twins.TWINS[-len(statements) :]
        twins.find_twin.cache_clear()
