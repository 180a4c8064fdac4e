"""What senders share: one look for those who ask together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.notifications.delivery import prefetch as module
from services.notifications.delivery.prefetch import EACH, Prefetch
from services.notifications.settings import NotificationsSettings
from shared.runtime.clock import SystemClock
from shared.runtime.waiting import Stop

SETTINGS = NotificationsSettings(database_url="postgresql://nobody@127.0.0.1:1/nothing", smtp_connections=2)  # type: ignore[arg-type]


class NoPool:
    """Connections to nothing."""

    @contextlib.asynccontextmanager
    async def acquire(self) -> AsyncIterator["NoPool"]:
        await asyncio.sleep(0)
        yield self

    def transaction(self) -> contextlib.nullcontext[None]:
        return contextlib.nullcontext()


class Planned:
    """What is planned, and each look at it."""

    def __init__(self, *messages: str) -> None:
        self.messages = list(messages)
        self.skipped = 0
        self.looks = 0
        self.looked = asyncio.Event()

    async def claim(self, _connection: Any, *, limit: int, **_more: Any) -> tuple[list[str], int]:
        self.looks += 1
        claimed, self.messages = self.messages[:limit], self.messages[limit:]
        skipped, self.skipped = self.skipped, 0
        self.looked.set()
        await asyncio.sleep(0)
        return claimed, skipped


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Planned:
    found = Planned()
    monkeypatch.setattr(module, "claim_messages", found.claim)
    return found


def prefetch(stop: Stop | None = None) -> Prefetch:
    return Prefetch(SETTINGS, pool=NoPool(), clock=SystemClock(), stop=stop or Stop())


async def test_those_who_ask_together_share_one_look(planned: Planned) -> None:
    planned.messages = ["a", "b"]
    shared = prefetch()
    assert await asyncio.gather(*(shared.next() for _ in range(4))) == ["a", "b", None, None]
    assert planned.looks == 1


async def test_whoever_asks_later_looks_again(planned: Planned) -> None:
    shared = prefetch()
    assert await shared.next() is None
    planned.messages = ["a"]
    assert await shared.next() == "a"
    assert planned.looks == 2


async def test_whoever_asks_while_somebody_looks_looks_again(planned: Planned) -> None:
    shared = prefetch()
    first = asyncio.create_task(shared.next())
    await planned.looked.wait()
    planned.messages = ["a"]  # committed after the first look had begun
    assert await shared.next() == "a"
    assert await first is None


async def test_a_look_claims_for_all_senders_and_the_next_follows_when_all_is_taken(planned: Planned) -> None:
    planned.messages = [str(number) for number in range(2 * EACH + 1)]
    shared = prefetch()
    assert [await shared.next() for _ in range(2 * EACH)] == [str(number) for number in range(2 * EACH)]
    assert planned.looks == 1
    assert await shared.next() == str(2 * EACH)
    assert planned.looks == 2


async def test_where_something_was_true_no_more_it_looks_on(planned: Planned) -> None:
    shared = prefetch()
    planned.skipped = 1
    assert await shared.next() is None
    assert planned.looks == 2


async def test_a_stopping_process_takes_nothing_more_and_drains_what_is_left(planned: Planned) -> None:
    planned.messages = ["a", "b", "c"]
    stop = Stop()
    shared = prefetch(stop)
    assert await shared.next() == "a"
    stop.request()
    assert await shared.next() is None
    assert shared.drain() == ["b", "c"]
    assert shared.drain() == []
    assert planned.looks == 1


async def test_a_stop_while_somebody_looks_is_no_reason_to_look_again(planned: Planned) -> None:
    planned.messages = [str(number) for number in range(4 * EACH)]
    stop = Stop()
    shared = prefetch(stop)
    drained = list[Any]()

    async def ask() -> Any:
        found = await shared.next()
        drained.extend(shared.drain())  # as senders do
        return found

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    await planned.looked.wait()
    stop.request()
    assert await asyncio.gather(*asking) == [None] * 4
    assert planned.looks == 1
    assert len(drained) == 2 * EACH
