"""Defects of messages: what may have left, what is still true, whose turn it is, whose message it is."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from services.notifications.delivery import sending_desk
from services.notifications.delivery.sender import Sender
from services.notifications.storage.fates import Fate
from services.notifications.use_cases import begin_sending
from services.notifications.use_cases.begin_sending import Begin, Beginning
from tests.faults.simulation.defects.planting import Cases, Planted, of_the_matrix, other_twin
from tests.faults.simulation.defects.reading import acknowledged_before_commit, inbox_skipped
from tests.faults.simulation.in_memory import sending_statements
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import Twin, columns


def sending_not_committed() -> Planted:
    """The text is handed over without a mark that it may have left."""

    async def begin(_sender: Sender, _message: Any, _claim: Any, _mail: Any) -> Begin:
        return Begin.SEND

    return patch.object(Sender, "_begin", begin)


def truth_not_looked_at_again() -> Planted:
    """What was true when the message was claimed counts: neither the verdict nor what the text was made of is looked at again."""

    async def begin(
        connection: Any, beginnings: Sequence[Beginning], *, lease_seconds: float, **_more: Any
    ) -> tuple[list[Begin], list[Fate]]:
        held = await begin_sending.claims.hold(connection, [one.claim for one in beginnings])
        ours = [one for one in beginnings if one.claim in held]
        languages = [one.language for one in ours]
        await begin_sending.claims.start_sending(connection, [one.claim for one in ours], languages, lease_seconds=lease_seconds)
        return [Begin.SEND if one in ours else Begin.LOST for one in beginnings], []

    return patch.object(sending_desk, "begin_sending", begin)


def abandoned_is_sent_again() -> Planted:
    """What somebody was sending when they fell silent is planned again."""

    def plan(statement: Statement, _now: Any) -> list[Any]:
        moment = statement.now
        rows = statement.lock("messages", lambda row: row["state"] == "sending" and row["lease_until"] < moment)
        for row in rows:
            statement.update("messages", row, state="planned", lease_until=None, fence=row["fence"] + 1)
        return []

    return other_twin("settle_abandoned", plan)


def out_of_turn() -> Planted:
    """A message does not wait for those of the same registration before it."""
    return patch.object(sending_statements, "ready", lambda statement: lambda row: _known(statement, row))


def _known(statement: Statement, row: Any) -> bool:
    return statement.get("participants", row["registration_id"]) is not None and row["registration_id"] in {
        known["registration_id"] for known in statement.rows("registrations")
    }


@contextlib.contextmanager
def inbox_and_business_key_skipped() -> Iterator[None]:
    """Nothing keeps a repeated fact from another message."""

    def add(statement: Statement, *columns_of_each: Any) -> int:
        names = ("registration_id", "workshop_id", "purpose", "occurrence", "rank", "sequence", "due_at", "correlation_id", "traceparent")
        home = statement.database.tables["messages"]
        for values in zip(*columns_of_each, strict=True):
            row = dict(zip(names, values, strict=True))
            row["message_id"] = UUID(int=statement.database.number("messages"))
            with patch.object(home, "constraints", home.constraints[:1]):
                statement.insert("messages", row)
        return len(columns_of_each[0])

    with inbox_skipped(), other_twin("add_fact_messages", add):
        yield


def lease_without_fencing() -> Planted:
    """Whoever claimed a message once goes on as if it were still theirs."""

    def hold(statement: Statement, message_ids: Sequence[UUID]) -> list[Row]:
        rows = statement.lock("messages", lambda row: row["message_id"] in message_ids)
        return [columns(row, "message_id", "registration_id") for row in rows]

    def start(statement: Statement, message_id: UUID, language: str, lease: float) -> int:
        changes = {"state": "sending", "language": language, "lease_until": statement.now + timedelta(seconds=lease), "skip_reason": None}
        return len(statement.update_where("messages", lambda row: row["message_id"] == message_id, **changes))

    def read_fences(statement: Statement, message_ids: Sequence[UUID]) -> list[Row]:
        rows = statement.rows("messages", lambda row: row["message_id"] in message_ids)
        return [columns(row, "message_id", "fence") for row in rows]

    held = "SELECT message_id, registration_id FROM messages WHERE message_id = ANY($1) FOR UPDATE"
    return of_the_matrix(
        "lease-without-fencing",
        Twin(
            (held,),
            "locks its message, whoever has it",
            "",
            hold,
        ),
        Twin(("SET state = 'sending', language = $2",), "marks the message as being sent, whoever has it", "", start),
        Twin(("SELECT message_id, fence FROM messages WHERE message_id = ANY($1)",), "reads the messages' fences", "", read_fences),
    )


IN_MESSAGES: Cases = {
    "sending not committed before DATA": (sending_not_committed, "whose message is claimed"),
    "truth not looked at again": (truth_not_looked_at_again, "is being sent to somebody who is"),
    "abandoned is sent again": (abandoned_is_sent_again, "taken twice"),
    "out of turn": (out_of_turn, "overtook"),
    "inbox and business key skipped": (inbox_and_business_key_skipped, "a business key has two messages"),
    "acknowledged before commit": (acknowledged_before_commit, "messages for other facts than those told"),
    "lease without fencing": (lease_without_fencing, "a message that was planned became sending"),
}
