"""Plan the mail with the personal link that somebody asked for."""

from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Purpose, Rank
from services.notifications.storage import planning, registrations, wake
from shared.contracts.registrations import LinkRequested
from shared.runtime.database import Connection
from shared.runtime.tracing import traceparent


async def send_link(
    connection: Connection, event: LinkRequested, *, fact_id: UUID, sequence: int, occurred_at: datetime, correlation_id: str | None
) -> None:
    """Plan it once for each request, after what is to be said of earlier facts, even where the clocks that dated them disagree."""
    order = await registrations.pass_moment(connection, event.registration_id, occurred_at)
    await planning.add_fact_messages(
        connection,
        [
            planning.FactMessage(
                registration_id=event.registration_id,
                workshop_id=event.workshop_id,
                purpose=Purpose.LINK,
                occurrence=str(fact_id),
                rank=Rank.REGISTRATION,
                sequence=sequence,
                due_at=order,
                correlation_id=correlation_id,
                traceparent=traceparent(),
            )
        ],
    )
    await wake.wake(connection, wake.MESSAGES)
