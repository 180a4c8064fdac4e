"""Every participant's record is on Kafka and with the other services in its current version; an erased one is nowhere."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.topics import PARTICIPANTS


def participants_agree(world: World) -> Iterator[Disagreement]:
    """A key with a tombstone counts as having no record, whether or not the older records are compacted away yet."""
    on_kafka = {registration_id: record.version for registration_id, record in world.log.last(ParticipantRecorded).items()}
    for registration_id in world.log.erased(PARTICIPANTS):
        on_kafka.pop(registration_id, None)
    held = {row.id: row.version for row in world.registration.registrations.values() if row.version is not None}
    places = (("Kafka", on_kafka), ("notifications", world.notifications.versions), ("certificates", world.certificates.versions))
    for place, versions in places:
        for registration_id in sorted(held.keys() | versions.keys()):
            expected, found = held.get(registration_id), versions.get(registration_id)
            if expected != found:
                yield Disagreement(
                    check="participants",
                    one_side=f"registration has {_version(expected)} of the participant",
                    other_side=f"{place} has {_version(found)}",
                    ids=(str(registration_id),),
                )


def _version(version: int | None) -> str:
    return "no record" if version is None else f"version {version}"
