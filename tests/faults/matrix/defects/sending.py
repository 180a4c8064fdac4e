"""Defects of delivery: a holder that lost its claim and goes on, and `sending` that is committed too late."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.patching import Undo, wrap

_CLAIMS = "services.notifications.storage.claims"
_HELD = "SELECT message_id, registration_id FROM messages WHERE message_id = ANY($1) FOR UPDATE"
_SENDING = """
    UPDATE messages SET state = 'sending', language = $2, lease_until = clock_timestamp() + $3 * interval '1 second', skip_reason = NULL
    WHERE message_id = $1
"""
_FENCES = "SELECT message_id, fence FROM messages WHERE message_id = ANY($1)"


def _no_fence() -> Sequence[Undo]:
    """Whoever claimed a message once goes on as if it were still theirs."""

    def make_hold(_original: Callable[..., Any]) -> Callable[..., Any]:
        async def hold(connection: Any, claims: Any) -> Any:
            rows = await connection.fetch(_HELD, [claim.message_id for claim in claims])
            registrations = {row["message_id"]: row["registration_id"] for row in rows}
            return {claim: registrations[claim.message_id] for claim in claims if claim.message_id in registrations}

        return hold

    def make_start(_original: Callable[..., Any]) -> Callable[..., Any]:
        async def start_sending(connection: Any, claims: Any, languages: Any, *, lease_seconds: float) -> None:
            for claim, language in zip(claims, languages, strict=True):
                await connection.execute(_SENDING, claim.message_id, language, lease_seconds)

        return start_sending

    def make_settle(original: Callable[..., Any]) -> Callable[..., Any]:
        async def settle_sent(connection: Any, sent: Any) -> Any:
            rows = await connection.fetch(_FENCES, [claim.message_id for claim, _ in sent])
            fences = {row["message_id"]: row["fence"] for row in rows}
            return await original(connection, [(replace(claim, fence=fences[claim.message_id]), at) for claim, at in sent])

        return settle_sent

    return [
        wrap(f"{_CLAIMS}:hold", make_hold, needs=("claims",)),
        wrap(f"{_CLAIMS}:start_sending", make_start, needs=("claims", "languages", "lease_seconds")),
        wrap("services.notifications.use_cases.record_outcomes:settle_sent", make_settle, needs=("sent",)),
    ]


def _sending_with_the_outcome() -> Sequence[Undo]:
    """`sending` is written in the transaction that records what the mail server said, and not before the text leaves."""
    late: dict[Any, tuple[str, float]] = {}
    begin: list[Callable[..., Any]] = []

    def make_start(original: Callable[..., Any]) -> Callable[..., Any]:
        begin.append(original)

        async def start_sending(_connection: Any, claims: Any, languages: Any, *, lease_seconds: float) -> None:
            late.update({claim: (language, lease_seconds) for claim, language in zip(claims, languages, strict=True)})

        return start_sending

    def make_outcome(original: Callable[..., Any]) -> Callable[..., Any]:
        async def record_outcomes(connection: Any, outcomes: Any, *, now: Any) -> Any:
            for outcome in outcomes:
                if type(outcome).__name__ in {"Sent", "Uncertain"} and outcome.claim in late:
                    language, lease_seconds = late[outcome.claim]
                    await begin[0](connection, [outcome.claim], [language], lease_seconds=lease_seconds)
            return await original(connection, outcomes, now=now)

        return record_outcomes

    return [
        wrap(f"{_CLAIMS}:start_sending", make_start, needs=("claims", "languages", "lease_seconds")),
        wrap("services.notifications.delivery.sending_desk:record_outcomes", make_outcome, needs=("connection", "outcomes", "now")),
    ]


DEFECTS = (
    Defect("lease-without-fencing", "lease without fencing", "notifications-worker", _no_fence, instances=2),
    Defect("sending-not-committed", "«sending» not committed before DATA", "notifications-worker", _sending_with_the_outcome),
)
