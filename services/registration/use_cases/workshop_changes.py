"""What every change to a workshop does: lock, check the state, then store, publish and record in the same transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import ConflictError, InvalidFieldError, NotFoundError
from services.registration.domain.workshop import Workshop, record
from services.registration.storage import audit_log, workshops
from services.registration.storage.audit_log import Change
from shared.contracts.envelope import Event
from shared.contracts.workshop_events import WorkshopEvent
from shared.contracts.workshops import WorkshopState
from shared.runtime import outbox
from shared.runtime.database import Connection
from shared.runtime.outbox import EventTooLargeError

SOURCE = "registration"


async def lock_workshop(connection: Connection, workshop_id: UUID) -> Workshop:
    """The workshop, locked.

    Raises:
        NotFoundError: there is no such workshop.
    """
    workshop = await workshops.lock(connection, workshop_id)
    if workshop is None:
        raise NotFoundError("There is no such workshop.")
    return workshop


def require_state(workshop: Workshop, *allowed: WorkshopState) -> None:
    """Refuse a command that makes no sense for a workshop in this state.

    Raises:
        ConflictError: with a code such as `workshop_is_draft`.
    """
    if workshop.state not in allowed:
        raise ConflictError(
            f"workshop_is_{workshop.state.value}", f"The workshop is {workshop.state.value}; this needs it {' or '.join(allowed)}."
        )


async def publish(connection: Connection, events: Sequence[Event], *, now: datetime) -> list[UUID]:
    """Publish what an organiser wrote.

    Raises:
        InvalidFieldError: it is more than a record can carry.
    """
    try:
        return await outbox.publish(connection, events, source=SOURCE, now=now)
    except EventTooLargeError:
        raise InvalidFieldError("", "The texts are too long altogether.", reason="too_long_altogether") from None


async def record_change(
    connection: Connection,
    workshop: Workshop,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    fact: Callable[[int], WorkshopEvent] | None = None,
    details: dict[str, Any] | None = None,
) -> Workshop:
    """Store a locked workshop's next version, publish its record, then the fact that `fact(version)` makes, and note who did it."""
    changed = replace(
        workshop,
        version=workshop.version + 1,
        updated_at=now,
        starts_at=workshop.definition.starts_at,
        ends_at=workshop.definition.ends_at,
    )
    await workshops.save(connection, changed)
    events: list[Event] = [record(changed)]
    if fact is not None:
        events.append(fact(changed.version))
    ids = await publish(connection, events, now=await _moment_of(connection, workshop.id, now) if fact is not None else now)
    change = Change(action, workshop.id, fact_id=ids[1] if fact is not None else None, details=details)
    await audit_log.append(connection, actor, [change], now=now)
    return changed


async def record_request(
    connection: Connection, workshop: Workshop, action: str, fact: WorkshopEvent, *, actor: Actor, now: datetime, request_key: str | None
) -> bool:
    """Publish a fact that leaves the workshop's record as it is; False where a request with this key has had its effect already."""
    if request_key is not None and await audit_log.find_by_request(connection, workshop.id, action, request_key):
        return False
    [fact_id] = await publish(connection, [fact], now=await _moment_of(connection, workshop.id, now))
    await audit_log.append(connection, actor, [Change(action, workshop.id, fact_id=fact_id, request_key=request_key)], now=now)
    return True


async def _moment_of(connection: Connection, workshop_id: UUID, now: datetime) -> datetime:
    """When a fact for everybody in the workshop happens: not before anybody joined whom its lock lets it see.

    It concerns those who had joined by then. A clock that was set back must leave nobody out.
    """
    return max(now, await workshops.latest_joining(connection, workshop_id) or now)
