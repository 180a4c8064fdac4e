"""Erase a registration: terminal, for this service at once and for the others by the fact."""

from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.registration import RegistrationState
from services.registration.storage import audit_log, duplicate_answers, erasure
from services.registration.storage.audit_log import Change
from services.registration.use_cases.withdraw_registration import lock_registration, withdraw_locked
from services.registration.use_cases.workshop_changes import SOURCE
from shared.contracts.participants import ERASED_TYPE
from shared.contracts.registrations import RegistrationErased
from shared.contracts.topics import PARTICIPANTS
from shared.runtime import outbox
from shared.runtime.database import Connection
from shared.runtime.outbox import Tombstone


async def erase_registration(connection: Connection, registration_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Withdraw it where it is live, then forget the person and tell everybody to. Possible at any time; repeating it changes nothing.

    Raises:
        NotFoundError: there is no such registration.
    """
    places, registration = await lock_registration(connection, registration_id)
    if registration.state is RegistrationState.ERASED:
        return
    if registration.state.live:
        await withdraw_locked(connection, registration, places, by="erasure", actor=actor, now=now)
    await duplicate_answers.forget(connection, registration_id)
    await erasure.forget(connection, registration_id, now=now)
    fact = RegistrationErased(registration_id=registration_id, workshop_id=registration.workshop_id)
    # The fact comes first: it is what the services act on, the tombstone only cleans the topic.
    fact_id, _ = await outbox.publish(connection, [fact, Tombstone(PARTICIPANTS, registration_id, ERASED_TYPE)], source=SOURCE, now=now)
    change = Change("registration.erase", registration.workshop_id, registration_id, fact_id)
    await audit_log.append(connection, actor, [change], now=now)
