"""Who changed what and when, and which service has acted on it since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registration.domain.actor import Actor
from shared.runtime.database import Connection
from shared.runtime.telemetry import correlation_id


@dataclass(frozen=True, slots=True)
class Change:
    """One change to be recorded. `details` must hold no personal data; `fact_id` is the event that other services act on.

    Without a `correlation_id` of its own it gets that of the context.
    """

    action: str
    workshop_id: UUID | None = None
    registration_id: UUID | None = None
    fact_id: UUID | None = None
    details: dict[str, Any] | None = None
    request_key: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceReceipt:
    """A service has acted; `effects` counts what it did, such as `{"messages_planned": 66}`."""

    service: str
    acted_at: datetime
    effects: dict[str, int]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A recorded change with the receipts for its fact, one per service that has answered so far."""

    id: int
    at: datetime
    actor: str
    organiser_name: str | None
    action: str
    registration_id: UUID | None
    fact_id: UUID | None
    details: dict[str, Any]
    correlation_id: str | None
    receipts: tuple[ServiceReceipt, ...]


async def append(connection: Connection, actor: Actor, changes: Sequence[Change], *, now: datetime) -> None:
    """Record changes in the transaction that makes them, in one statement."""
    await connection.execute(
        """
        INSERT INTO audit_log (at, actor, organiser_id, action, workshop_id, registration_id, fact_id, details, request_key, correlation_id)
        SELECT $1, $2, $3, c.action, c.workshop_id, c.registration_id, c.fact_id, c.details, c.request_key, c.correlation_id
        FROM unnest($4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::jsonb[], $9::text[], $10::text[])
             AS c (action, workshop_id, registration_id, fact_id, details, request_key, correlation_id)
        """,
        now,
        actor.kind,
        actor.organiser_id,
        [change.action for change in changes],
        [change.workshop_id for change in changes],
        [change.registration_id for change in changes],
        [change.fact_id for change in changes],
        [change.details or {} for change in changes],
        [change.request_key for change in changes],
        [change.correlation_id or correlation_id() for change in changes],
    )


async def find_by_request(connection: Connection, workshop_id: UUID, action: str, request_key: str) -> bool:
    """Whether this request has had its effect."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM audit_log WHERE workshop_id = $1 AND action = $2 AND request_key = $3)",
        workshop_id,
        action,
        request_key,
    )
    return found


async def of_workshop(connection: Connection, workshop_id: UUID, *, limit: int = 200) -> list[AuditEntry]:
    """Changes to the workshop itself, the latest first, without those to single registrations."""
    return await _entries(connection, "a.workshop_id = $1 AND a.registration_id IS NULL", workshop_id, limit)


async def of_registration(connection: Connection, registration_id: UUID, *, limit: int = 200) -> list[AuditEntry]:
    """Changes to one registration, the latest first."""
    return await _entries(connection, "a.registration_id = $1", registration_id, limit)


async def _entries(connection: Connection, condition: str, key: UUID, limit: int) -> list[AuditEntry]:
    rows = await connection.fetch(
        f"""
        SELECT a.id, a.at, a.actor, o.name AS organiser_name, a.action, a.registration_id, a.fact_id, a.details, a.correlation_id
        FROM audit_log a LEFT JOIN organisers o ON o.id = a.organiser_id
        WHERE {condition} ORDER BY a.id DESC LIMIT $2
        """,  # noqa: S608 - one of the two conditions above
        key,
        limit,
    )
    facts = [row["fact_id"] for row in rows if row["fact_id"] is not None]
    receipts: dict[UUID, list[ServiceReceipt]] = {}
    for receipt in await connection.fetch(
        "SELECT fact_id, service, acted_at, effects FROM receipts WHERE fact_id = ANY($1::uuid[]) ORDER BY service", facts
    ):
        receipts.setdefault(receipt["fact_id"], []).append(
            ServiceReceipt(receipt["service"], receipt["acted_at"], receipt["effects"]),
        )
    return [AuditEntry(**dict(row), receipts=tuple(receipts.get(row["fact_id"], ()))) for row in rows]
