"""What organisers triggered, as the facts of their topic told it."""

from datetime import datetime
from uuid import UUID

from services.notifications.domain.agenda import WorkshopFact
from shared.contracts.catalogue import BY_TYPE
from shared.contracts.workshop_events import WorkshopEvent
from shared.runtime.database import Connection
from shared.runtime.tracing import traceparent


async def store_fact(
    connection: Connection, fact_id: UUID, event: WorkshopEvent, *, sequence: int, occurred_at: datetime, correlation_id: str | None
) -> None:
    """Keep a fact, once. The messages about it continue the trace of the context."""
    await connection.execute(
        """
        INSERT INTO workshop_facts (fact_id, workshop_id, type, version, sequence, occurred_at, data, correlation_id, traceparent)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (fact_id) DO NOTHING
        """,
        fact_id,
        event.workshop_id,
        event.type,
        event.version,
        sequence,
        occurred_at,
        event.model_dump(mode="json"),
        correlation_id,
        traceparent(),
    )


async def include_facts(connection: Connection, workshop_id: UUID) -> list[WorkshopFact]:
    """All facts of a workshop, marked as included in its agenda from now on. A fact that arrives meanwhile stays to be included."""
    await connection.execute("UPDATE workshop_facts SET included = true WHERE workshop_id = $1 AND NOT included", workshop_id)
    rows = await connection.fetch(
        """
        SELECT fact_id, type, sequence, occurred_at, data::text AS data
        FROM workshop_facts WHERE workshop_id = $1 AND included ORDER BY sequence
        """,
        workshop_id,
    )
    return [WorkshopFact(row["fact_id"], row["sequence"], row["occurred_at"], parse_fact(row["type"], row["data"])) for row in rows]


def parse_fact(event_type: str, text: str) -> WorkshopEvent:
    """A stored fact as the contract has it."""
    event = BY_TYPE[event_type].model_validate_json(text)
    if not isinstance(event, WorkshopEvent):
        raise TypeError(event_type)
    return event
