"""Somebody who was erased is erased for everyone, and nothing personal is left in any database."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.topics import PARTICIPANTS


def erased_are_gone(world: World) -> Iterator[Disagreement]:
    """That every service knows of the erasure is compared with the states; here is what must follow from it."""
    erased = world.erased
    for row in world.left_behind:
        yield Disagreement(
            check="erasure",
            one_side="registration has erased the person",
            other_side=f"{row.service} still has personal data in its table {row.table}",
            ids=(str(row.registration_id),),
        )
    tombstones = world.log.erased(PARTICIPANTS)
    for registration_id in sorted(erased ^ tombstones):
        sides = ("has erased the person", "no tombstone") if registration_id in erased else ("has not erased the person", "a tombstone")
        yield Disagreement(
            check="erasure",
            one_side=f"registration {sides[0]}",
            other_side=f"Kafka's topic {PARTICIPANTS.name} has {sides[1]}",
            ids=(str(registration_id),),
        )
    for registration_id, position in sorted(world.log.outlived(PARTICIPANTS).items()):
        yield Disagreement(
            check="erasure",
            one_side="registration has erased the person",
            other_side=f"Kafka holds a record of the person behind the tombstone, at {position}",
            ids=(str(registration_id),),
        )
    for certificate in world.certificates.certificates:
        if certificate.registration_id in erased and certificate.state not in {"revoked", "superseded"}:
            yield Disagreement(
                check="erasure",
                one_side="registration has erased the person",
                other_side=f"certificates has their certificate {certificate.serial} as {certificate.state}",
                ids=(str(certificate.registration_id),),
            )
