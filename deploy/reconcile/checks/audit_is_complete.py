"""Whatever registration has published about a command, its audit log says who gave it."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.registrations import RegistrationEvent
from shared.contracts.workshop_events import WorkshopEvent


def audit_is_complete(world: World) -> Iterator[Disagreement]:
    """Each fact on Kafka has its row and each row its fact. Rows without a fact, such as that of a new draft, have no other side."""
    types = {
        envelope.id: envelope.type for event_type in (RegistrationEvent, WorkshopEvent) for envelope, _ in world.log.events(event_type)
    }
    audited = world.registration.audited
    for fact_id in sorted(types.keys() ^ audited):
        on_kafka = fact_id in types
        yield Disagreement(
            check="audit",
            one_side=f"Kafka has {types[fact_id]}" if on_kafka else "Kafka has no such fact",
            other_side=f"registration's audit log has {'no' if on_kafka else 'a'} row about it",
            ids=(str(fact_id),),
        )
