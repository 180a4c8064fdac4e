"""Every certificate has one fate, told alike by certificates, by Kafka and by registration's console; its file is what was announced."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.certificates import CertificateEvent, CertificateIssued, CertificateRevoked, CertificateSuperseded

FATES: Mapping[type[CertificateEvent], str] = {
    CertificateIssued: "issued",
    CertificateSuperseded: "superseded",
    CertificateRevoked: "revoked",
}
Edition = tuple[UUID, int]


def certificates_agree(world: World) -> Iterator[Disagreement]:
    """States by (registration, edition). A certificate that was never rendered is nobody else's business.

    The console forgets the certificates of erased people.
    """
    held = {(row.registration_id, row.edition): row.state for row in world.certificates.certificates if row.state in FATES.values()}
    reported = {(row.registration_id, row.edition): row.state for row in world.registration.certificates}
    forgotten = {key for key in held if key[0] in world.erased}
    places = (("Kafka", _states_by_facts(world), set[Edition]()), ("registration's console", reported, forgotten))
    for place, states, left_out in places:
        for registration_id, edition in sorted((held.keys() | states.keys()) - left_out):
            expected, found = held.get((registration_id, edition)), states.get((registration_id, edition))
            if expected != found:
                yield Disagreement(
                    check="certificates",
                    one_side=f"certificates has edition {edition} as {expected or 'unknown'}",
                    other_side=f"{place} has it as {found or 'unknown'}",
                    ids=(str(registration_id),),
                )


def certificate_files_agree(world: World) -> Iterator[Disagreement]:
    """The stored file of every valid certificate has the checksum that its fact announced."""
    announced = {(event.registration_id, event.edition): event for _, event in world.log.events(CertificateIssued)}
    for row in world.certificates.certificates:
        event = announced.get((row.registration_id, row.edition))
        if row.state == "issued" and event is not None and event.sha256 != row.file_sha256:
            yield Disagreement(
                check="certificate files",
                one_side=f"Kafka announced {event.serial} with checksum {event.sha256}",
                other_side=f"certificates stores a file with checksum {row.file_sha256 or 'none: there is no file'}",
                ids=(str(row.registration_id),),
            )


def _states_by_facts(world: World) -> dict[Edition, str]:
    latest: dict[Edition, tuple[int, str]] = {}
    for event_type, fate in FATES.items():
        for envelope, event in world.log.events(event_type):
            key, known = (event.registration_id, event.edition), (envelope.sequence or 0, fate)
            latest[key] = max(known, latest.get(key, known))
    return {key: fate for key, (_, fate) in latest.items()}
