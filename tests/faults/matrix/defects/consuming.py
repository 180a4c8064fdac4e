"""Defects of reading: effects repeated, and records acknowledged too early."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.patching import Undo, wrap

_SETTLED_AGAIN = """
    UPDATE messages SET state = 'planned', fence = fence + 1, settled_at = NULL, skip_reason = NULL, superseded_by = NULL, failure = NULL
    WHERE registration_id = $1 AND purpose = $2 AND occurrence = $3 AND state IN ('sent', 'skipped', 'uncertain', 'failed')
"""


def _skip_inbox_and_business_key() -> Sequence[Undo]:
    """Every record counts as new, and a message that is there already as one that is not."""

    def make_enter(original: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(connection: Any, topic: Any, items: Any) -> Any:
            await original(connection, topic, items)
            return {item.event_id for item in items if item.event_id is not None}

        return enter

    def make_add(original: Callable[..., Any]) -> Callable[..., Any]:
        async def add_fact_messages(connection: Any, messages: Any) -> None:
            for message in messages:
                await connection.execute(_SETTLED_AGAIN, message.registration_id, message.purpose.value, message.occurrence)
            await original(connection, messages)

        return add_fact_messages

    return [
        wrap("shared.runtime.inbox:enter", make_enter, needs=("connection", "topic", "items")),
        wrap("services.notifications.storage.planning:add_fact_messages", make_add, needs=("connection", "messages")),
    ]


def _acknowledge_before_commit() -> Sequence[Undo]:
    """The offsets of a batch are committed first, and then it is processed."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        async def process(self: Any, topic: Any, records: Any) -> None:
            name = self._settings.topic_name(topic.name)
            for subscriber in self.broker.subscribers:
                if subscriber.consumer is not None and name in subscriber.consumer.subscription():
                    await subscriber.consumer.commit()
            await original(self, topic, records)

        return process

    return [wrap("shared.runtime.consuming:Consuming._process", make, needs=("topic", "records"))]


DEFECTS = (
    Defect("inbox-and-key-skipped", "inbox and business key skipped", "notifications-worker", _skip_inbox_and_business_key),
    Defect("acknowledged-before-commit", "acknowledged before commit", "notifications-worker", _acknowledge_before_commit),
)
