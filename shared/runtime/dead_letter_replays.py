"""Many dead letters one after the other, at a rate that leaves the service room to work."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from shared.runtime.clock import Clock
from shared.runtime.consumption import Consumers
from shared.runtime.database import Connection
from shared.runtime.dead_letters import Replayed, ReplayError, rehearse, replay
from shared.runtime.failures import describe, transient
from shared.runtime.waiting import Backoff

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Failed:
    """A letter that stays as it was, and why, in words that repeat nothing of the record."""

    letter_id: int
    why: str


async def replay_each(
    connection: Connection, letter_ids: Sequence[int], consumers: Consumers, *, clock: Clock, rate: float, dry_run: bool = False
) -> AsyncIterator[Replayed | Failed]:
    """Replay letters in the given order, each in a transaction of its own. One that fails stops nothing.

    Args:
        connection: without an open transaction.
        letter_ids: which.
        consumers: the handlers of the service whose letters they are.
        clock: business time.
        rate: letters per second, at most.
        dry_run: rehearse only.

    Raises:
        Exception: the connection is lost. Those told of before are done, the others were not begun.
    """
    due = time.monotonic()
    for letter_id in letter_ids:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic() - 1.0) + 1.0 / rate  # what one slow letter cost is caught up within a second's worth, not more
        yield await _one(connection, letter_id, consumers, clock=clock, dry_run=dry_run)


async def _one(connection: Connection, letter_id: int, consumers: Consumers, *, clock: Clock, dry_run: bool) -> Replayed | Failed:
    backoff = Backoff(first=0.1, longest=2.0)
    while True:
        try:
            return await (rehearse if dry_run else replay)(connection, letter_id, consumers, now=clock.now())
        except ReplayError as error:
            return Failed(letter_id, str(error))
        except Exception as error:
            if connection.is_closed():
                raise
            if not transient(error) or backoff.attempts >= _TRIES:
                return Failed(letter_id, f"dead letter {letter_id} failed again: {describe(error)}")
            await asyncio.sleep(backoff.next())
