"""A share page that its holder has switched on is on under the same token for everyone, and one that is off is off."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.registrations import CertificateShared, CertificateSharingEnded


def shares_agree(world: World) -> Iterator[Disagreement]:
    """By registration. The tokens themselves are not told: whoever has one may see the page."""
    held = world.registration.shares
    for place, shares in (("Kafka", _by_facts(world)), ("certificates", world.certificates.shares)):
        for registration_id in sorted(held.keys() | shares.keys()):
            expected, found = held.get(registration_id), shares.get(registration_id)
            if expected != found:
                yield Disagreement(
                    check="shares",
                    one_side=f"registration has the share page {_position(expected)}",
                    other_side=f"{place} has it {'on under another token' if expected and found else _position(found)}",
                    ids=(str(registration_id),),
                )


def _by_facts(world: World) -> Mapping[UUID, str]:
    """Whoever was erased shares nothing, without a fact that says so."""
    latest: dict[UUID, tuple[int, str | None]] = {}
    for event_type in (CertificateShared, CertificateSharingEnded):
        for envelope, event in world.log.events(event_type):
            told = (envelope.sequence or 0, event.share_token if isinstance(event, CertificateShared) else None)
            latest[event.registration_id] = max(told, latest.get(event.registration_id, told), key=lambda one: one[0])
    return {key: token for key, (_, token) in latest.items() if token is not None and key not in world.erased}


def _position(token: str | None) -> str:
    return "off" if token is None else "on"
