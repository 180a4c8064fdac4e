"""What was decided has been published."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def outboxes_are_empty(world: World) -> Iterator[Disagreement]:
    """A row that stays unpublished is a decision nobody else knows of."""
    for books in world.bookkeeping:
        for row in books.unpublished:
            yield Disagreement(
                check="outbox",
                one_side=f"{books.service}'s outbox holds {row.type}, unpublished",
                other_side=f"Kafka's topic {row.topic} does not have it",
                ids=(str(row.event_id), str(row.key)),
            )
