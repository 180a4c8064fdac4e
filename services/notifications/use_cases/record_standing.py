"""Keep that a registration was confirmed, put on the waiting list, promoted or withdrawn, and plan the message about it."""

from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Purpose, Rank, Standing
from services.notifications.storage import planning, receipts, registrations, wake
from shared.contracts.registrations import (
    RegistrationConfirmed,
    RegistrationEvent,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
from shared.runtime.database import Connection

_MEANS: dict[type[RegistrationEvent], tuple[Standing, Purpose]] = {
    RegistrationConfirmed: (Standing.CONFIRMED, Purpose.CONFIRMATION),
    RegistrationWaitlisted: (Standing.WAITING, Purpose.WAITING),
    RegistrationPromoted: (Standing.CONFIRMED, Purpose.PROMOTION),
    RegistrationWithdrawn: (Standing.WITHDRAWN, Purpose.WITHDRAWAL),
}


async def record_standing(
    connection: Connection, event: RegistrationEvent, *, fact_id: UUID, sequence: int, occurred_at: datetime, correlation_id: str | None
) -> None:
    """Apply one fact of a registration.

    The message is planned whatever came later: whether it is still true is judged when it is about to leave. A withdrawal that is
    part of an erasure is not mailed, since nobody is to be written to any more.
    """
    standing, purpose = _MEANS[type(event)]
    order = await registrations.store_standing(
        connection,
        registration_id=event.registration_id,
        workshop_id=event.workshop_id,
        standing=standing,
        sequence=sequence,
        fact_id=fact_id,
        at=occurred_at,
    )
    if not (isinstance(event, RegistrationWithdrawn) and event.by == "erasure"):
        await planning.add_fact_message(
            connection,
            planning.FactMessage(
                registration_id=event.registration_id,
                workshop_id=event.workshop_id,
                purpose=purpose,
                occurrence=str(fact_id),
                rank=Rank.REGISTRATION,
                sequence=sequence,
                due_at=order,
                correlation_id=correlation_id,
            ),
        )
    if isinstance(event, RegistrationWithdrawn):
        await receipts.owe_receipt(
            connection, fact_id=fact_id, workshop_id=event.workshop_id, registration_id=event.registration_id, fact_type=event.type
        )
    await wake.wake(connection, wake.MESSAGES)
    await wake.wake(connection, wake.PLANS)
