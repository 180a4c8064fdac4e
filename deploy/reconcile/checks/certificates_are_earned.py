"""Whoever met the rule of a completed workshop holds a valid certificate, and nobody else does."""

from collections import Counter
from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.workshops import WorkshopState


def certificates_are_earned(world: World) -> Iterator[Disagreement]:
    """The rule is taken from the workshop's newest record, presence and states from registration's own tables."""
    presence = Counter(registration_id for (registration_id, _), present in world.registration.attendance.items() if present)
    valid = {row.registration_id: row.serial for row in world.certificates.certificates if row.state == "issued"}
    for row in world.registration.registrations.values():
        workshop = world.log.workshops.get(row.workshop_id)
        earned = (
            workshop is not None
            and workshop.certificate is not None
            and workshop.state is WorkshopState.COMPLETED
            and row.state == "confirmed"
            and presence[row.id] >= workshop.certificate.minimum_sessions
        )
        if earned != (row.id in valid):
            yield Disagreement(
                check="certificate rule",
                one_side=f"registration has the person {row.state}, present at {presence[row.id]} sessions",
                other_side=f"certificates has {valid.get(row.id, 'no valid certificate for them')}",
                ids=(str(row.id),),
            )
