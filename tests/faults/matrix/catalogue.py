"""All faults there are."""

from collections.abc import Sequence

from tests.faults.matrix.fault import Fault


def all_faults() -> Sequence[Fault]:
    """Every group's, in the order of the report."""
    return ()
