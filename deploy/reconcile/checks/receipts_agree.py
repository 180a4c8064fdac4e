"""A fact that was answered was answered alike for everyone: the service that acted, Kafka, and registration's console."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.certificates import CertificatesActed
from shared.contracts.notifications import NotificationsActed
from shared.contracts.receipts import Receipt


def receipts_agree(world: World) -> Iterator[Disagreement]:
    """When each fact was last answered, by the fact's id."""
    held = {"notifications": world.notifications.receipts, "certificates": world.certificates.receipts}
    types: Mapping[str, type[Receipt]] = {"notifications": NotificationsActed, "certificates": CertificatesActed}
    stored: dict[str, dict[UUID, datetime]] = {service: {} for service in held}
    for (service, fact_id), acted_at in world.registration.receipts.items():
        stored.setdefault(service, {})[fact_id] = acted_at
    for service, answered in held.items():
        places = (("Kafka", _last_on_kafka(world, types[service])), ("registration's console", stored[service]))
        for place, told in places:
            for fact_id in sorted(answered.keys() | told.keys()):
                expected, found = answered.get(fact_id), told.get(fact_id)
                if expected != found:
                    yield Disagreement(
                        check="receipts",
                        one_side=f"{service} has {_answer(expected)}",
                        other_side=f"{place} has {_answer(found)}",
                        ids=(str(fact_id),),
                    )


def _last_on_kafka(world: World, receipt_type: type[Receipt]) -> dict[UUID, datetime]:
    last: dict[UUID, tuple[int, datetime]] = {}
    for envelope, receipt in world.log.events(receipt_type):
        known = (envelope.sequence or 0, receipt.acted_at)
        last[receipt.fact_id] = max(known, last.get(receipt.fact_id, known))
    return {fact_id: acted_at for fact_id, (_, acted_at) in last.items()}


def _answer(acted_at: datetime | None) -> str:
    return f"answered the fact at {acted_at.isoformat()}" if acted_at else "not answered the fact"
