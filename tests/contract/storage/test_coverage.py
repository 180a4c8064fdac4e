"""Every statement that the simulation has a twin of is run by a test of storage, on both sides."""

import importlib
import pkgutil

from tests.contract import storage
from tests.contract.storage.reached import statements_reached_from
from tests.faults.simulation.in_memory import schema  # noqa: F401 - brings the twins
from tests.faults.simulation.in_memory.twins import TWINS, digest_of

NOT_COMPARED = {
    "effect_statements.write_effect": "of the simulation's own consumer, whose table no service has",
    "messaging_statements.check_constraints": "nothing is deferred in memory, so there is nothing to see",
    "sending_statements.plan_again": "what it empties is filled by planning for whole workshops, which is not simulated",
}
"""By module and function of the twin: why no test of storage needs to run it."""


def test_each_twin_is_compared_with_its_statement() -> None:
    tests = [importlib.import_module(f"{storage.__name__}.{found.name}") for found in pkgutil.iter_modules(storage.__path__)]
    reached = {text for module in tests for text in statements_reached_from(module)}
    missing = set()
    for twin in TWINS:
        fitting = (text for text in reached if all(fragment in text for fragment in twin.fragments))
        if twin.digest not in map(digest_of, fitting):
            missing.add(f"{twin.run.__module__.rpartition('.')[2]}.{twin.run.__name__}")
    assert missing == set(NOT_COMPARED)
