"""Defects of delivery: a holder that lost its claim and goes on, and `sending` that is committed too late."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.patching import Undo, wrap

_CLAIMS = "services.notifications.storage.claims"
_HELD = "SELECT true FROM messages WHERE message_id = $1 FOR UPDATE"
_SENDING = """
    UPDATE messages SET state = 'sending', language = $2, lease_until = clock_timestamp() + $3 * interval '1 second', skip_reason = NULL
    WHERE message_id = $1
"""


def _no_fence() -> Sequence[Undo]:
    """Whoever claimed a message once goes on as if it were still theirs."""

    def make_hold(_original: Callable[..., Any]) -> Callable[..., Any]:
        async def hold(connection: Any, claim: Any) -> bool:
            return bool(await connection.fetchval(_HELD, claim.message_id))

        return hold

    def make_start(_original: Callable[..., Any]) -> Callable[..., Any]:
        async def start_sending(connection: Any, claim: Any, *, language: str, lease_seconds: float) -> None:
            await connection.execute(_SENDING, claim.message_id, language, lease_seconds)

        return start_sending

    def make_settle(original: Callable[..., Any]) -> Callable[..., Any]:
        async def settle_sent(connection: Any, claim: Any, *, now: Any) -> Any:
            fence = await connection.fetchval("SELECT fence FROM messages WHERE message_id = $1", claim.message_id)
            return await original(connection, type(claim)(claim.message_id, fence), now=now)

        return settle_sent

    return [
        wrap(f"{_CLAIMS}:hold", make_hold, needs=("claim",)),
        wrap(f"{_CLAIMS}:start_sending", make_start, needs=("claim", "language", "lease_seconds")),
        wrap("services.notifications.storage.outcomes:settle_sent", make_settle, needs=("claim", "now")),
    ]


def _sending_with_the_outcome() -> Sequence[Undo]:
    """`sending` is written in the transaction that records what the mail server said, and not before the text leaves."""
    late: dict[Any, dict[str, Any]] = {}
    begin: list[Callable[..., Any]] = []

    def make_start(original: Callable[..., Any]) -> Callable[..., Any]:
        begin.append(original)

        async def start_sending(_connection: Any, claim: Any, **more: Any) -> None:
            late[claim] = more

        return start_sending

    def make_outcome(original: Callable[..., Any]) -> Callable[..., Any]:
        async def mark(connection: Any, claim: Any, **more: Any) -> Any:
            if claim in late:
                await begin[0](connection, claim, **late[claim])
            return await original(connection, claim, **more)

        return mark

    sender = "services.notifications.delivery.sender"
    return [
        wrap(f"{_CLAIMS}:start_sending", make_start, needs=("claim", "language", "lease_seconds")),
        wrap(f"{sender}:mark_sent", make_outcome, needs=("connection", "claim")),
        wrap(f"{sender}:mark_uncertain", make_outcome, needs=("connection", "claim")),
    ]


DEFECTS = (
    Defect("lease-without-fencing", "lease without fencing", "notifications-worker", _no_fence, instances=2),
    Defect("sending-not-committed", "«sending» not committed before DATA", "notifications-worker", _sending_with_the_outcome),
)
