"""Whoever met the rule of a completed workshop, or taught there, holds a valid certificate, and nobody else does."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.workshops import WorkshopState


def certificates_are_earned(world: World) -> Iterator[Disagreement]:
    """The rule is taken from the workshop's newest record, presence and states from registration's own tables.

    Who was approved and who teaches is known to certificates alone.
    """
    presence: defaultdict[UUID, set[str]] = defaultdict(set)
    for (registration_id, code), present in world.registration.attendance.items():
        if present:
            presence[registration_id].add(code)
    valid = {row.registration_id: row.serial for row in world.certificates.certificates if row.state == "issued"}
    # The last of a person, revoked by an organiser: another is given by hand alone
    last = {row.registration_id: row for row in sorted(world.certificates.certificates, key=lambda row: row.edition)}
    taken_back = {key for key, row in last.items() if row.revocation_reason == "organiser"}
    had_one = {row.registration_id for row in world.certificates.certificates if row.state != "eligible" and row.kind != "trainer"}
    for row in world.registration.registrations.values():
        workshop = world.log.workshops.get(row.workshop_id)
        met = workshop.earned_by(presence[row.id]) if workshop else None
        cleared = row.id in world.certificates.approved | had_one or not (
            workshop and workshop.certificate and workshop.certificate.needs_approval
        )
        earned = (
            workshop is not None
            and workshop.state is WorkshopState.COMPLETED
            and row.state == "confirmed"
            and met is not None
            and (row.id in world.certificates.trainers or (met and cleared))
            and row.id not in taken_back
        )
        if earned != (row.id in valid):
            yield Disagreement(
                check="certificate rule",
                one_side=f"registration has the person {row.state}, present at {len(presence[row.id])} sessions",
                other_side=f"certificates has {valid.get(row.id, 'no valid certificate for them')}",
                ids=(str(row.id),),
            )
