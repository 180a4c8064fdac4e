"""Withdraw a registration; the first in line moves up."""

from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.places import Places
from services.registration.domain.refusals import ConflictError, NotFoundError
from services.registration.domain.registration import RegistrationState
from services.registration.storage import audit_log, registrations, workshops
from services.registration.storage.audit_log import Change
from services.registration.storage.registrations import Registration
from services.registration.use_cases.promote import promote
from services.registration.use_cases.workshop_changes import SOURCE
from shared.contracts.registrations import RegistrationWithdrawn
from shared.contracts.workshops import WorkshopState
from shared.runtime import outbox
from shared.runtime.database import Connection

Withdrawer = Literal["participant", "organiser", "erasure"]


async def withdraw_registration(
    connection: Connection, registration_id: UUID, *, by: Literal["participant", "organiser"], actor: Actor, now: datetime
) -> RegistrationState:
    """Give up a place or a turn in the line. One that is withdrawn or erased stays as it is.

    Returns:
        The state afterwards.

    Raises:
        NotFoundError: there is no such registration.
        ConflictError: the workshop is over, cancelled or completed, so there is nothing left to give up.
    """
    places, registration = await lock_registration(connection, registration_id)
    if not registration.state.live:
        return registration.state
    if not places.takes_registrations(now):
        over = places.state is WorkshopState.OPEN
        raise ConflictError(
            "workshop_is_over" if over else f"workshop_is_{places.state.value}", "The workshop has ended, or was cancelled or completed."
        )
    await withdraw_locked(connection, registration, places, by=by, actor=actor, now=now)
    return RegistrationState.WITHDRAWN


async def lock_registration(connection: Connection, registration_id: UUID) -> tuple[Places, Registration]:
    """Lock the workshop, then the registration.

    Raises:
        NotFoundError: there is no such registration.
    """
    workshop_id = await registrations.find_workshop_id(connection, registration_id)
    locked = await workshops.lock_places(connection, workshop_id) if workshop_id else None
    registration = await registrations.lock(connection, registration_id)
    if locked is None or registration is None:
        raise NotFoundError("There is no such registration.")
    return locked[0], registration


async def withdraw_locked(
    connection: Connection, registration: Registration, places: Places, *, by: Withdrawer, actor: Actor, now: datetime
) -> None:
    """Withdraw a live registration whose locks the caller holds, then let the line move up."""
    await registrations.mark_withdrawn(connection, registration.id, by, now=now)
    fact = RegistrationWithdrawn(registration_id=registration.id, workshop_id=registration.workshop_id, by=by)
    [fact_id] = await outbox.publish(connection, [fact], source=SOURCE, now=now)
    change = Change("registration.withdraw", registration.workshop_id, registration.id, fact_id)
    await audit_log.append(connection, actor, [change], now=now)
    if registration.state is RegistrationState.CONFIRMED:
        places = replace(places, confirmed=places.confirmed - 1)
    else:
        places = replace(places, waiting=places.waiting - 1)
    places = await promote(connection, registration.workshop_id, places, actor=actor, now=now)
    await workshops.save_places(connection, registration.workshop_id, places)
