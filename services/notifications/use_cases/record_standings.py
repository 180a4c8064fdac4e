"""Keep that registrations were confirmed, put on the waiting list, promoted or withdrawn, and plan the messages about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Purpose, Rank, Standing
from services.notifications.storage import planning, receipts, registrations, wake
from services.notifications.storage.registrations import StandingFact
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


@dataclass(frozen=True, slots=True)
class HeardStanding:
    """A fact and what came with it: its id, its number among those of the registration, business time, and what it continues."""

    event: RegistrationEvent
    fact_id: UUID
    sequence: int
    occurred_at: datetime
    correlation_id: str | None
    traceparent: str | None

    @property
    def standing(self) -> Standing:
        """Where the registration stands by it."""
        return _MEANS[type(self.event)][0]

    @property
    def purpose(self) -> Purpose | None:
        """Of the message about it. None for a withdrawal that is part of an erasure: nobody is to be written to any more."""
        return None if isinstance(self.event, RegistrationWithdrawn) and self.event.by == "erasure" else _MEANS[type(self.event)][1]


async def record_standings(connection: Connection, heard: Sequence[HeardStanding]) -> None:
    """Apply facts, one a registration.

    Each one's message is planned whatever came later: whether it is still true is judged when it is about to leave.
    """
    facts = [
        StandingFact(one.event.registration_id, one.event.workshop_id, one.standing, one.sequence, one.fact_id, one.occurred_at)
        for one in heard
    ]
    orders = await registrations.store_standings(connection, facts)
    await planning.add_fact_messages(
        connection,
        [
            planning.FactMessage(
                registration_id=one.event.registration_id,
                workshop_id=one.event.workshop_id,
                purpose=one.purpose,
                occurrence=str(one.fact_id),
                rank=Rank.REGISTRATION,
                sequence=one.sequence,
                due_at=order,
                correlation_id=one.correlation_id,
                traceparent=one.traceparent,
            )
            for one, order in zip(heard, orders, strict=True)
            if one.purpose is not None
        ],
    )
    for one in heard:
        if isinstance(one.event, RegistrationWithdrawn):
            about = {"workshop_id": one.event.workshop_id, "registration_id": one.event.registration_id}
            await receipts.owe_receipt(connection, fact_id=one.fact_id, fact_type=one.event.type, **about)
    await wake.wake(connection, wake.MESSAGES, wake.PLANS)
