"""Whoever a fact concerns has a message about it."""

from collections.abc import Iterator, Mapping

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_notifications import MessageKey
from deploy.reconcile.world import World
from shared.contracts.certificates import CertificateEvent, CertificateIssued, CertificateRevoked
from shared.contracts.registrations import (
    LinkRequested,
    RegistrationConfirmed,
    RegistrationEvent,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)

ABOUT_REGISTRATIONS: Mapping[type[RegistrationEvent], str] = {
    RegistrationConfirmed: "confirmation",
    RegistrationWaitlisted: "waiting",
    RegistrationPromoted: "promotion",
    RegistrationWithdrawn: "withdrawal",
    LinkRequested: "link",
}
ABOUT_CERTIFICATES: Mapping[type[CertificateEvent], tuple[str, str]] = {
    CertificateIssued: ("certificate", "issued"),
    CertificateRevoked: ("certificate_revoked", "revoked"),
}


def facts_are_mailed(world: World) -> Iterator[Disagreement]:
    """Each fact on Kafka that is mailed has its message in notifications, whatever became of it: also one that was overtaken is skipped.

    Of erased people no message is missed, and a withdrawal that is part of an erasure is not mailed. A certificate that another
    edition follows is mailed about as that edition. That there is no message without a fact is not looked at here.
    """
    erased = world.erased
    for key, fact in _owed(world):
        if key not in world.notifications.messages and key.registration_id not in erased:
            yield Disagreement(
                check="owed mails", one_side=f"Kafka has {fact}", other_side=f"notifications has no {key.purpose} message", ids=(str(key),)
            )


def _owed(world: World) -> Iterator[tuple[MessageKey, str]]:
    for event_type, purpose in ABOUT_REGISTRATIONS.items():
        for envelope, event in world.log.events(event_type):
            if not (isinstance(event, RegistrationWithdrawn) and event.by == "erasure"):
                yield MessageKey(event.registration_id, purpose, str(envelope.id)), envelope.type
    for certificate_type, (purpose, happened) in ABOUT_CERTIFICATES.items():
        for envelope, certificate in world.log.events(certificate_type):
            yield MessageKey(certificate.registration_id, purpose, f"{certificate.serial}:{happened}"), envelope.type
