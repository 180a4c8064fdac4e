"""Every published workshop is on Kafka and with the other services in its current version."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.workshops import WorkshopRecorded


def workshops_agree(world: World) -> Iterator[Disagreement]:
    """A draft may be anywhere or nowhere; from its opening on, everyone holds the version that registration holds."""
    on_kafka = {workshop_id: record.version for workshop_id, record in world.log.last(WorkshopRecorded).items()}
    published = {row.id: row.version for row in world.registration.workshops if row.state != "draft"}
    drafts = {row.id for row in world.registration.workshops if row.state == "draft"}
    places = (("Kafka", on_kafka), ("notifications", world.notifications.workshops), ("certificates", world.certificates.workshops))
    for place, versions in places:
        for workshop_id in sorted((published.keys() | versions.keys()) - drafts):
            expected, found = published.get(workshop_id), versions.get(workshop_id)
            if expected != found:
                yield Disagreement(
                    check="workshops",
                    one_side=f"registration has {_version(expected)} of the workshop",
                    other_side=f"{place} has {_version(found)}",
                    ids=(str(workshop_id),),
                )


def _version(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
