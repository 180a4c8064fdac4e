"""Every record on Kafka is a contract's, under the key that its contract names."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def records_are_readable(world: World) -> Iterator[Disagreement]:
    """A record that no version of the contracts explains was not published by a service."""
    for position, reason in world.log.undecodable:
        yield Disagreement(
            check="record", one_side=f"Kafka has a record at {position}", other_side=f"the contracts do not explain it: {reason}"
        )
    for position in world.log.keys_differ:
        yield Disagreement(check="record", one_side=f"Kafka's record at {position} has one key", other_side="its envelope names another")
