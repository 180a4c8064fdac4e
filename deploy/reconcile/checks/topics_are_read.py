"""What is on Kafka has been read by every service that reads it."""

from bisect import bisect_left
from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def topics_are_read(world: World) -> Iterator[Disagreement]:
    """By service and partition. Only records that say something count: heartbeats and repeated tombstones come while all is at rest."""
    for one in world.progress:
        offsets = world.log.offsets.get((one.topic, one.partition), [])
        unread = offsets[bisect_left(offsets, one.committed or 0) :]
        if unread:
            many = "1 more record" if len(unread) == 1 else f"{len(unread)} more records"
            far = "has read nothing of it" if one.committed is None else f"has read it up to offset {one.committed}"
            yield Disagreement(
                check="lag",
                one_side=f"Kafka has {many} on {one.topic}-{one.partition}, from offset {unread[0]} on",
                other_side=f"{one.service} {far}",
                ids=(f"{one.topic}-{one.partition}",),
            )
