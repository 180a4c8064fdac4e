"""Notifications knows every certificate as it stands, since its mails speak of them."""

from collections.abc import Iterator
from uuid import UUID

from deploy.reconcile.checks.certificates_agree import FATES
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def certificates_are_known(world: World) -> Iterator[Disagreement]:
    """By registration and serial. Those of erased people are forgotten."""
    latest: dict[tuple[UUID, str], tuple[int, str]] = {}
    for event_type, fate in FATES.items():
        for envelope, event in world.log.events(event_type):
            known = (envelope.sequence or 0, fate)
            key = (event.registration_id, event.serial)
            latest[key] = max(known, latest.get(key, known))
    told = {key: fate for key, (_, fate) in latest.items()}
    held, erased = world.notifications.certificates, world.erased
    for registration_id, serial in sorted(told.keys() | held.keys()):
        expected, found = told.get((registration_id, serial)), held.get((registration_id, serial))
        if expected != found and registration_id not in erased:
            yield Disagreement(
                check="known certificates",
                one_side=f"Kafka has certificate {serial} as {expected or 'unknown'}",
                other_side=f"notifications has it as {found or 'unknown'}",
                ids=(str(registration_id),),
            )
