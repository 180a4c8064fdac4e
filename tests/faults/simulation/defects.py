"""Defects to be planted for the time of a run: without its mechanism, each promise must be seen to break."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from services.notifications.delivery import sender
from services.notifications.delivery.sender import Sender
from services.notifications.use_cases import begin_sending
from services.notifications.use_cases.begin_sending import Begin
from services.registration.domain.places import Known
from services.registration.use_cases import place_registration
from shared.runtime import batch
from shared.runtime.batches import BatchProcessor
from shared.runtime.relay import Relay
from tests.faults.simulation.actors.workers import ConsumingWorker
from tests.faults.simulation.group import Member
from tests.faults.simulation.in_memory import sending_statements, twins
from tests.faults.simulation.in_memory.connection import MemoryConnection
from tests.faults.simulation.in_memory.statement import Statement

Defect = Callable[[], contextlib.AbstractContextManager[Any]]


@contextlib.contextmanager
def other_twin(name: str, run: Callable[..., twins.Result]) -> Iterator[None]:
    """Let a statement do something else than it says."""
    place = next(place for place, twin in enumerate(twins.TWINS) if twin.run.__name__ == name)
    proper = twins.TWINS[place]
    twins.TWINS[place] = replace(proper, run=run)
    twins.find_twin.cache_clear()
    try:
        yield
    finally:
        twins.TWINS[place] = proper
        twins.find_twin.cache_clear()


def places_read_without_lock() -> contextlib.AbstractContextManager[Any]:
    """The workshop's places are read without the lock."""
    from tests.faults.simulation.in_memory.registration_statements import read_places  # noqa: PLC0415 - beside its only use

    return other_twin("lock_places", read_places)


def outbox_outside_the_transaction() -> contextlib.AbstractContextManager[Any]:
    """Events are written by statements of their own, whatever becomes of the transaction."""
    proper = place_registration.outbox.publish

    async def publish(connection: MemoryConnection, *arguments: Any, **more: Any) -> Any:
        return await proper(MemoryConnection(connection.database, connection._gate), *arguments, **more)

    return patch.object(place_registration.outbox, "publish", publish)


def form_token_forgotten() -> contextlib.AbstractContextManager[Any]:
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

    async def stand_by(_relay: Relay, _connection: Any) -> bool:
        return True

    with patch.object(Relay, "_stand_by", stand_by), other_twin("read_unpublished", read):
        yield


def published_before_confirmed() -> contextlib.AbstractContextManager[Any]:
    """The relay marks rows before the broker has confirmed them."""
    proper = Relay._send

    async def send(relay: Relay, connection: Any, producer: Any, rows: Sequence[Any], lost: Any) -> None:
        await relay._mark(connection, rows)
        await proper(relay, connection, producer, rows, lost)

    return patch.object(Relay, "_send", send)


def inbox_skipped() -> contextlib.AbstractContextManager[Any]:
    """Every event counts as new."""

    async def enter(_connection: Any, _topic: Any, items: Sequence[Any]) -> set[Any]:
        return {item.event_id for item in items}

    return patch.object(batch.inbox, "enter", enter)


def acknowledged_before_commit() -> contextlib.AbstractContextManager[Any]:
    """Offsets are committed before the batch's transaction."""

    async def consume(topic: Any, member: Member, processor: BatchProcessor) -> None:
        while True:
            records = await member.take()
            await member.commit()
            await processor.process(topic, records)

    return patch.object(ConsumingWorker, "_consume", staticmethod(consume))


def sending_not_committed() -> contextlib.AbstractContextManager[Any]:
    """The text is handed over without a mark that it may have left."""

    async def begin(_sender: Sender, _message: Any, _claim: Any, _mail: Any) -> Begin:
        return Begin.SEND

    return patch.object(Sender, "_begin", begin)


def truth_not_looked_at_again() -> contextlib.AbstractContextManager[Any]:
    """What was true when the message was claimed counts: neither the verdict nor what the text was made of is looked at again."""

    async def begin(connection: Any, claim: Any, _basis: Any, *, language: str, lease_seconds: float, **_more: Any) -> Begin:
        if not await begin_sending.claims.hold(connection, claim):
            return Begin.LOST
        await begin_sending.claims.start_sending(connection, claim, language=language, lease_seconds=lease_seconds)
        return Begin.SEND

    return patch.object(sender, "begin_sending", begin)


def abandoned_is_sent_again() -> contextlib.AbstractContextManager[Any]:
    """What somebody was sending when they fell silent is planned again."""

    def plan(statement: Statement, _now: Any) -> list[Any]:
        moment = statement.now
        rows = statement.lock("messages", lambda row: row["state"] == "sending" and row["lease_until"] < moment)
        for row in rows:
            statement.update("messages", row, state="planned", lease_until=None, fence=row["fence"] + 1)
        return []

    return other_twin("settle_abandoned", plan)


def out_of_turn() -> contextlib.AbstractContextManager[Any]:
    """A message does not wait for those of the same registration before it."""
    return patch.object(sending_statements, "ready", lambda statement: lambda row: _known(statement, row))


def _known(statement: Statement, row: Any) -> bool:
    return statement.get("participants", row["registration_id"]) is not None and row["registration_id"] in {
        known["registration_id"] for known in statement.rows("registrations")
    }


@contextlib.contextmanager
def inbox_and_business_key_skipped() -> Iterator[None]:
    """Nothing keeps a repeated fact from another message."""

    def add(statement: Statement, *values: Any) -> int:
        names = ("registration_id", "workshop_id", "purpose", "occurrence", "rank", "sequence", "due_at", "correlation_id", "traceparent")
        row = dict(zip(names, values, strict=True))
        row["message_id"] = UUID(int=statement.database.number("messages"))
        home = statement.database.tables["messages"]
        with patch.object(home, "constraints", home.constraints[:1]):
            statement.insert("messages", row)
        return 1

    with inbox_skipped(), other_twin("add_fact_message", add):
        yield


IN_MESSAGES: dict[str, tuple[Defect, str]] = {
    "sending not committed before DATA": (sending_not_committed, "whose message is claimed"),
    "truth not looked at again": (truth_not_looked_at_again, "is being sent to somebody who is"),
    "abandoned is sent again": (abandoned_is_sent_again, "taken"),
    "out of turn": (out_of_turn, ""),
    "inbox and business key skipped": (inbox_and_business_key_skipped, ""),
    "acknowledged before commit": (acknowledged_before_commit, ""),
}

IN_ADMISSION: dict[str, tuple[Defect, str]] = {
    "places read without lock": (places_read_without_lock, ""),
    "outbox row outside the transaction": (outbox_outside_the_transaction, ""),
    "form token forgotten": (form_token_forgotten, "was told"),
    "relay without leader": (relay_without_leader, "first occurrences"),
    "marked before confirmed": (published_before_confirmed, "never published"),
    "inbox skipped": (inbox_skipped, "effect twice"),
    "acknowledged before commit": (acknowledged_before_commit, "had no effect"),
}
"""By name: the defect, and words of the promise that it breaks."""
