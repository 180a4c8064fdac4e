"""What a planted defect is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.matrix.patching import Undo


@dataclass(frozen=True, slots=True)
class Defect:
    """A mechanism of the design, taken out.

    Args:
        name: for environments and files.
        what: for people: what is missing.
        process: the process that it goes into.
        instances: how many of that process it takes to do harm.
        plant: patches the product in this process.
    """

    name: str
    what: str
    process: str
    plant: Callable[[], Sequence[Undo]]
    instances: int = 1
