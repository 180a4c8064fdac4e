"""Two transactions at once: one has read and not yet written when the other comes, which waits for it and decides on what it did."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.registration.domain.places import Answer, Outcome
from services.registration.domain.refusals import ConflictError, InvalidFieldError
from services.registration.settings import RegistrationSettings
from services.registration.storage import participants, registrations, workshops
from services.registration.use_cases.change_capacity import change_capacity
from services.registration.use_cases.complete_workshop import complete_workshop
from services.registration.use_cases.correct_participant import correct_participant
from services.registration.use_cases.record_attendance import record_attendance
from services.registration.web.admission import Attempt, admit
from shared.runtime.database import create_pool
from tests.component.registration.material import AFTERWARDS, LINKS, NOW, ORGANISER, counts, ids_by_address, open_one, place, submission
from tests.waiting import eventually

CONFIRMED = Answer(Outcome.CONFIRMED)
Work = Coroutine[Any, Any, Any]


class Pause:
    """Stops the first caller of a function just before it; others pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self._proper: Callable[..., Any] = getattr(module, name)
        self._reached, self._go_on = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(module, name, self._call)

    async def _call(self, *arguments: Any, **more: Any) -> Any:
        if not self._reached.is_set():
            self._reached.set()
            await self._go_on.wait()
        return await self._proper(*arguments, **more)

    async def meet(self, first: Work, second: Work, observer: asyncpg.Connection) -> tuple[Any, Any]:
        """Let `second` come while `first` is stopped, see it wait for a lock, then let both end. Returns results or errors."""
        one = asyncio.create_task(first)
        await asyncio.wait_for(self._reached.wait(), 10)
        other = asyncio.create_task(second)
        try:
            await eventually(lambda: _waits(observer, other), what="the second transaction waits for the first")
        finally:
            self._go_on.set()
            ends = await asyncio.gather(one, other, return_exceptions=True)
        return ends[0], ends[1]


async def _waits(observer: asyncpg.Connection, task: asyncio.Task[Any]) -> bool:
    if task.done():
        pytest.fail("it did not wait")
    found = await observer.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    return bool(found)


@pytest.fixture
async def other_pool(settings: RegistrationSettings) -> AsyncIterator[asyncpg.Pool]:
    """Of another process, as it were."""
    made = await create_pool(settings, application_name="other")
    yield made
    await made.close()


async def in_transaction(pool: asyncpg.Pool, use_case: Callable[..., Work], *arguments: Any, **more: Any) -> Any:
    async with pool.acquire() as connection, connection.transaction():
        return await use_case(connection, *arguments, **more)


async def admission(pool: asyncpg.Pool, workshop_id: UUID) -> Answer:
    [answer] = await admit(pool, workshop_id, [submission()], [Attempt()], links=LINKS, link_interval=timedelta(), now=NOW)
    return answer


async def test_two_processes_give_the_last_place_once(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection, capacity=1)
    pause = Pause(monkeypatch, registrations, "find_known")
    ends = await pause.meet(admission(pool, workshop.id), admission(other_pool, workshop.id), connection)
    assert ends == (CONFIRMED, Answer(Outcome.WAITING, 1))
    assert await counts(connection, workshop.id) == (1, 1)
    assert await connection.fetchval("SELECT count(*) FROM registrations WHERE state = 'confirmed'") == 1


async def test_a_place_that_is_being_given_cannot_be_taken_away(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection, capacity=2)
    await place(connection, workshop.id, submission())
    pause = Pause(monkeypatch, registrations, "find_known")
    change = in_transaction(other_pool, change_capacity, workshop.id, 1, actor=ORGANISER, now=NOW)
    admitted, refused = await pause.meet(admission(pool, workshop.id), change, connection)
    assert admitted == CONFIRMED
    assert isinstance(refused, InvalidFieldError)
    assert refused.field == "capacity"
    assert await connection.fetchval("SELECT capacity FROM workshops") == 2


async def test_a_place_that_is_being_taken_away_cannot_be_given(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection, capacity=2)
    await place(connection, workshop.id, submission())
    pause = Pause(monkeypatch, workshops, "save")
    change = in_transaction(pool, change_capacity, workshop.id, 1, actor=ORGANISER, now=NOW)
    changed, answer = await pause.meet(change, admission(other_pool, workshop.id), connection)
    assert changed.definition.capacity == 1
    assert answer == Answer(Outcome.WAITING, 1)
    assert await counts(connection, workshop.id) == (1, 1)


async def test_two_commands_lead_to_two_versions(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection, capacity=2)
    pause = Pause(monkeypatch, workshops, "save")
    changes = [
        in_transaction(one, change_capacity, workshop.id, places, actor=ORGANISER, now=NOW) for one, places in ((pool, 5), (other_pool, 7))
    ]
    first, second = await pause.meet(changes[0], changes[1], connection)
    assert (first.version, second.version) == (workshop.version + 1, workshop.version + 2)
    assert await connection.fetchval("SELECT capacity FROM workshops") == 7


async def facts(connection: asyncpg.Connection) -> list[str]:
    """What becomes of attendance and completion, in the order in which the relay publishes it."""
    rows = await connection.fetch("SELECT type FROM outbox WHERE type ~ 'attendance|completed' ORDER BY id")
    return [row["type"].split(".")[1] for row in rows]


async def test_a_check_in_that_began_before_the_completion_is_told_before_it(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    pause = Pause(monkeypatch, registrations, "lock")
    check_in = in_transaction(pool, record_attendance, registration_id, "day-1", present=True, actor=ORGANISER, now=AFTERWARDS)
    completion = in_transaction(other_pool, complete_workshop, workshop.id, actor=ORGANISER, now=AFTERWARDS)
    recorded, completed = await pause.meet(check_in, completion, connection)
    assert recorded is True
    assert completed.state == "completed"
    assert await facts(connection) == ["attendance_recorded", "completed"]


async def test_a_check_in_that_came_during_the_completion_is_told_after_it(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    pause = Pause(monkeypatch, workshops, "save")
    completion = in_transaction(pool, complete_workshop, workshop.id, actor=ORGANISER, now=AFTERWARDS)
    check_in = in_transaction(other_pool, record_attendance, registration_id, "day-1", present=True, actor=ORGANISER, now=AFTERWARDS)
    _, recorded = await pause.meet(completion, check_in, connection)
    assert recorded is True
    assert await facts(connection) == ["completed", "attendance_recorded"]


async def test_of_two_colleagues_who_correct_the_same_version_the_second_is_told(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    pause = Pause(monkeypatch, participants, "correct")
    corrections = [
        in_transaction(one, correct_participant, registration_id, given, links=LINKS, actor=ORGANISER, now=NOW, expected_version=1)
        for one, given in ((pool, {"given_name": "Ina"}), (other_pool, {"family_name": "Popa"}))
    ]
    first, second = await pause.meet(corrections[0], corrections[1], connection)
    assert first == 2
    assert isinstance(second, ConflictError)
    assert second.code == "version_differs"
    assert await connection.fetchval("SELECT given_name FROM participants WHERE version = 2") == "Ina"


async def test_check_ins_do_not_wait_for_each_other(pool: asyncpg.Pool, other_pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"), submission("b@example.org"))
    first, second = (await ids_by_address(connection, workshop.id)).values()
    async with pool.acquire() as one, one.transaction():
        assert await record_attendance(one, first, "day-1", present=True, actor=ORGANISER, now=AFTERWARDS)
        other = in_transaction(other_pool, record_attendance, second, "day-1", present=True, actor=ORGANISER, now=AFTERWARDS)
        assert await asyncio.wait_for(other, 10)
