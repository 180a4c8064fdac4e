"""What is to be answered is noted by whoever is to answer it, whether the answer was given already or not."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.envelope import Event
from shared.contracts.registrations import (
    AttendanceRecorded,
    CertificateShared,
    CertificateSharingEnded,
    RegistrationErased,
    RegistrationEvent,
    RegistrationWithdrawn,
)
from shared.contracts.workshop_events import WorkshopEvent

ANSWERED: dict[str, tuple[type[Event], ...]] = {
    "notifications": (WorkshopEvent, RegistrationWithdrawn, RegistrationErased),
    "certificates": (
        WorkshopEvent,
        RegistrationWithdrawn,
        RegistrationErased,
        AttendanceRecorded,
        CertificateShared,
        CertificateSharingEnded,
    ),
}


def facts_are_noted(world: World) -> Iterator[Disagreement]:
    """Each fact on Kafka that a service answers has its row there. Of erased people only the erasure itself must be noted."""
    noted = {
        "notifications": world.notifications.receipts.keys() | world.notifications.unanswered,
        "certificates": world.certificates.receipts.keys() | world.certificates.unanswered,
    }
    for service, event_types in ANSWERED.items():
        for event_type in event_types:
            for envelope, event in world.log.events(event_type):
                forgotten = isinstance(event, RegistrationEvent) and event.registration_id in world.erased
                if envelope.id not in noted[service] and (isinstance(event, RegistrationErased) or not forgotten):
                    yield Disagreement(
                        check="facts to answer",
                        one_side=f"Kafka has {envelope.type}",
                        other_side=f"{service} has not noted that it is to be answered",
                        ids=(str(envelope.id),),
                    )
