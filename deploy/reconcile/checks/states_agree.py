"""A registration is in the same state for everyone: in its own database, by its facts on Kafka, and with the other services."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.registrations import (
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationEvent,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)

LEADS_TO: Mapping[type[RegistrationEvent], str] = {
    RegistrationConfirmed: "confirmed",
    RegistrationWaitlisted: "waiting",
    RegistrationPromoted: "confirmed",
    RegistrationWithdrawn: "withdrawn",
    RegistrationErased: "erased",
}


def states_agree(world: World) -> Iterator[Disagreement]:
    """Compare each registration's state with what each other place makes of its facts."""
    held = {row.id: row.state for row in world.registration.registrations.values()}
    places = (
        ("Kafka", _states_by_facts(world)),
        ("notifications", _with_erased(world.notifications.standings, world.notifications.erased)),
        ("certificates", _with_erased(world.certificates.standings, world.certificates.erased)),
    )
    for place, states in places:
        for registration_id in sorted(held.keys() | states.keys()):
            expected, found = held.get(registration_id), states.get(registration_id)
            if expected != found:
                yield Disagreement(
                    check="states",
                    one_side=f"registration has the registration as {expected or 'unknown'}",
                    other_side=f"{place} has it as {found or 'unknown'}",
                    ids=(str(registration_id),),
                )


def _states_by_facts(world: World) -> dict[UUID, str]:
    latest: dict[UUID, tuple[int, str]] = {}
    for event_type, state in LEADS_TO.items():
        for envelope, event in world.log.events(event_type):
            known = (envelope.sequence or 0, state)
            latest[event.registration_id] = max(known, latest.get(event.registration_id, known))
    return {registration_id: state for registration_id, (_, state) in latest.items()}


def _with_erased(standings: Mapping[UUID, str], erased: set[UUID]) -> dict[UUID, str]:
    return {**standings, **dict.fromkeys(erased, "erased")}
