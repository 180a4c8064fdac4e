"""Defects of admission and of publishing: places, form tokens, the outbox, the relay."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from services.registration.domain.places import Known
from services.registration.use_cases import place_registration
from shared.runtime.relay import Relay
from tests.faults.simulation.defects.planting import Cases, Planted, of_the_matrix, other_twin
from tests.faults.simulation.defects.reading import acknowledged_before_commit, inbox_skipped
from tests.faults.simulation.in_memory.connection import MemoryConnection
from tests.faults.simulation.in_memory.registration_statements import read_places
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import Twin, columns


def places_read_without_lock() -> Planted:
    """The workshop's places are read without the lock. The numbers in the line, which are unique, let no two in at once."""
    return other_twin("lock_places", read_places)


def capacity_read_without_lock() -> Planted:
    """How many places are taken is read before the workshop is locked; the numbers are given under the lock."""

    def counts(statement: Statement, workshop_id: UUID) -> list[Row]:
        rows = statement.rows("workshops", lambda row: row["id"] == workshop_id)
        return [columns(row, "confirmed_count", "waiting_count") for row in rows]

    says = "reads how many places are taken, without a lock"
    return of_the_matrix("capacity-without-lock", Twin(("SELECT confirmed_count, waiting_count FROM workshops",), says, "", counts))


def outbox_outside_the_transaction() -> Planted:
    """Events are written by statements of their own, whatever becomes of the transaction."""
    proper = place_registration.outbox.publish

    async def publish(connection: MemoryConnection, *arguments: Any, **more: Any) -> Any:
        return await proper(MemoryConnection(connection.database, connection._gate), *arguments, **more)

    return patch.object(place_registration.outbox, "publish", publish)


def form_token_forgotten() -> Planted:
    """A form that comes again is decided again."""
    proper = place_registration.registrations.find_known

    async def find_known(*arguments: Any) -> Known:
        return replace(await proper(*arguments), answers={})

    return patch.object(place_registration.registrations, "find_known", find_known)


@contextlib.contextmanager
def relay_without_leader() -> Iterator[None]:
    """Each relay believes that it leads, and they share the work as with SKIP LOCKED: whoever comes takes what nobody has."""
    taken: dict[int, Any] = {}

    def read(statement: Statement, _limit: int) -> list[Any]:
        rows = sorted(statement.rows("outbox", lambda row: row["published_at"] is None), key=lambda row: row["id"])
        free = [row for row in rows if row["id"] not in taken or taken[row["id"]].severed or taken[row["id"]] is statement.session]
        taken.update((row["id"], statement.session) for row in free[:1])
        return free[:1]

    async def holds_lock(_relay: Relay, _connection: Any) -> bool:
        return True

    with patch.object(Relay, "_holds_lock", holds_lock), other_twin("read_unpublished", read):
        yield


def published_before_confirmed() -> Planted:
    """The relay marks rows before the broker has confirmed them."""
    proper = Relay._send

    async def send(relay: Relay, connection: Any, producer: Any, rows: Sequence[Any], lost: Any) -> None:
        await relay._mark(connection, rows)
        await proper(relay, connection, producer, rows, lost)

    return patch.object(Relay, "_send", send)


IN_ADMISSION: Cases = {
    "places read without lock": (places_read_without_lock, "are not those of the registrations"),
    "capacity read without lock": (capacity_read_without_lock, "oversold"),
    "outbox row outside the transaction": (outbox_outside_the_transaction, "facts of registrations that are not there"),
    "form token forgotten": (form_token_forgotten, "is recorded"),
    "relay without leader": (relay_without_leader, "first occurrences"),
    "marked before confirmed": (published_before_confirmed, "never published"),
    "inbox skipped": (inbox_skipped, "effect twice"),
    "acknowledged before commit": (acknowledged_before_commit, "had no effect"),
}
