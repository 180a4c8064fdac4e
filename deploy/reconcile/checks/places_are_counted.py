"""The counters that a workshop's row carries are the numbers of its registrations, and no place is given twice."""

from collections import Counter
from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def places_are_counted(world: World) -> Iterator[Disagreement]:
    """Counters are changed under the workshop's lock; registrations are counted here."""
    counted = Counter((row.workshop_id, row.state) for row in world.registration.registrations.values())
    for workshop in world.registration.workshops:
        for state, counter in (("confirmed", workshop.confirmed_count), ("waiting", workshop.waiting_count)):
            rows = counted[workshop.id, state]
            if rows != counter:
                yield Disagreement(
                    check="places",
                    one_side=f"registration's workshop row says {counter} {state}",
                    other_side=f"registration has {rows} registrations that are {state}",
                    ids=(str(workshop.id),),
                )
        if counted[workshop.id, "confirmed"] > workshop.capacity:
            yield Disagreement(
                check="places",
                one_side=f"registration's workshop row has a capacity of {workshop.capacity}",
                other_side=f"registration has {counted[workshop.id, 'confirmed']} confirmed registrations",
                ids=(str(workshop.id),),
            )
