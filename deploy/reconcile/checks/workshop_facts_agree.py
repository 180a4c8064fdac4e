"""What organisers triggered is known to notifications, fact by fact."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.workshop_events import WorkshopEvent


def workshop_facts_agree(world: World) -> Iterator[Disagreement]:
    """By the fact's id and its number among the facts of its workshop."""
    published = {envelope.id: envelope.sequence for envelope, _ in world.log.events(WorkshopEvent)}
    held = world.notifications.workshop_facts
    for fact_id in sorted(published.keys() | held.keys()):
        expected, found = published.get(fact_id), held.get(fact_id)
        if expected != found:
            yield Disagreement(
                check="workshop facts",
                one_side=f"Kafka has {_number(expected)}",
                other_side=f"notifications has {_number(found)}",
                ids=(str(fact_id),),
            )


def _number(sequence: int | None) -> str:
    return "no such fact" if sequence is None else f"the fact as number {sequence} of its workshop"
