"""What a person answered in the form is there for as long as the person is."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def answers_are_kept(world: World) -> Iterator[Disagreement]:
    """Answers go with an erasure only; that they are gone then is compared with all that is personal."""
    for row in world.registration.registrations.values():
        if row.state != "erased" and row.id not in world.registration.answers:
            yield Disagreement(
                check="answers",
                one_side=f"registration has the registration as {row.state}",
                other_side="registration has no answers of its form",
                ids=(str(row.id),),
            )
