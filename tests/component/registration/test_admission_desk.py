"""The desk: groups, lost answers, bad submissions, visitors who leave, and many connections at once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.registration.domain.places import Answer, Outcome
from services.registration.settings import RegistrationSettings
from services.registration.web import admission
from services.registration.web.admission_desk import AdmissionDesk, AdmissionUnavailableError
from shared.runtime.database import create_pool
from tests.component.registration.material import LINKS, NOW, counts, open_one, place, submission
from tests.waiting import eventually


class FixedClock:
    """Business time that stands still."""

    def now(self) -> Any:
        return NOW


def desk_for(pool: asyncpg.Pool, settings: RegistrationSettings, **changes: Any) -> AdmissionDesk:
    return AdmissionDesk(pool, FixedClock(), LINKS, settings.model_copy(update=changes))


async def transactions_of(connection: asyncpg.Connection) -> int:
    """How many transactions the registrations came in: rows of one transaction share their xmin."""
    count: int = await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM registrations")
    return count


async def test_those_who_wait_at_the_same_moment_share_a_transaction(
    pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection
) -> None:
    workshop = await open_one(connection, capacity=40)
    desk = desk_for(pool, settings)
    answers = await asyncio.gather(*(desk.submit(workshop.id, submission()) for _ in range(50)))
    assert Counter(answer.outcome for answer in answers) == {Outcome.CONFIRMED: 40, Outcome.WAITING: 10}
    assert sorted(answer.position for answer in answers if answer.position) == list(range(1, 11))
    assert await transactions_of(connection) < 10
    await desk.close()


async def test_many_processes_admit_the_last_places_and_never_one_more(
    pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection
) -> None:
    workshop = await open_one(connection, capacity=100)
    pools = [await create_pool(settings, application_name=f"process-{number}") for number in range(6)]
    desks = [desk_for(own, settings, admission_group=3) for own in pools]
    forms = [submission() for _ in range(150)]
    again = [submission(form.address) for form in forms[:30]]
    answers = await asyncio.gather(*(desks[index % 6].submit(workshop.id, form) for index, form in enumerate(forms + again)))
    assert len(answers) == 180
    assert await counts(connection, workshop.id) == (100, 50)
    rows = await connection.fetch("SELECT number, state FROM registrations ORDER BY number")
    assert [row["number"] for row in rows] == list(range(1, 151))
    assert [row["state"] for row in rows] == ["confirmed"] * 100 + ["waiting"] * 50
    for desk in desks:
        await desk.close()
    for own in pools:
        await own.close()


async def test_a_bad_submission_harms_only_itself(
    pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection
) -> None:
    workshop = await open_one(connection, capacity=5)
    desk = desk_for(pool, settings)
    # A zero byte is what no form lets through and no database takes.
    forms = [submission(), submission(comments="bad \x00 byte"), submission(), submission()]
    results = await asyncio.gather(*(desk.submit(workshop.id, form) for form in forms), return_exceptions=True)
    assert [isinstance(result, Answer) for result in results] == [True, False, True, True]
    assert isinstance(results[1], asyncpg.PostgresError)
    assert await counts(connection, workshop.id) == (3, 0)
    assert await transactions_of(connection) == 3
    assert await desk.submit(workshop.id, submission()) == Answer(Outcome.CONFIRMED)
    await desk.close()


class _LosingTransaction:
    """Commits, then loses the connection before the answer comes."""

    def __init__(self, connection: Any, losses: list[int]) -> None:
        self._connection, self._losses = connection, losses
        self._transaction = connection._con.transaction()

    async def start(self) -> None:
        await self._transaction.start()

    async def rollback(self) -> None:
        await self._transaction.rollback()

    async def commit(self) -> None:
        await self._transaction.commit()
        if self._losses:
            self._losses.pop()
            self._connection.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


async def test_a_commit_whose_answer_is_lost_is_resolved_by_the_form_token(
    pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection, capacity=2)
    losses = [1]
    monkeypatch.setattr(asyncpg.pool.PoolConnectionProxy, "transaction", lambda self: _LosingTransaction(self, losses))
    desk = desk_for(pool, settings)
    forms = [submission() for _ in range(3)]
    answers = await asyncio.gather(*(desk.submit(workshop.id, form) for form in forms))
    assert losses == []
    assert answers == [Answer(Outcome.CONFIRMED), Answer(Outcome.CONFIRMED), Answer(Outcome.WAITING, 1)]
    assert await counts(connection, workshop.id) == (2, 1)
    assert await connection.fetchval("SELECT count(*) FROM outbox WHERE topic = 'registrations'") == 3
    assert await connection.fetchval("SELECT count(*) FROM outbox WHERE type LIKE 'registration.link_requested%'") == 0
    await desk.close()


async def test_when_the_answer_stays_lost_the_outcome_is_pending(
    pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = await open_one(connection)
    losses = [1] * 1000
    monkeypatch.setattr(asyncpg.pool.PoolConnectionProxy, "transaction", lambda self: _LosingTransaction(self, losses))
    desk = desk_for(pool, settings, admission_timeout_seconds=0.5)
    form = submission()
    assert await desk.submit(workshop.id, form) == Answer(Outcome.PENDING)
    losses.clear()
    await desk.close()
    assert await place(connection, workshop.id, form) == [Answer(Outcome.CONFIRMED)]
    assert await counts(connection, workshop.id) == (1, 0)


async def test_when_nothing_was_recorded_people_are_told_so(settings: RegistrationSettings, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    away = settings.model_copy(update={"database_url": type(settings.database_url)("postgresql://nobody@127.0.0.1:1/none")})
    pool = await create_pool(away, application_name="test")
    desk = desk_for(pool, away, admission_timeout_seconds=0.5)
    with pytest.raises(AdmissionUnavailableError):
        await desk.submit(workshop.id, submission())
    await desk.close()
    await pool.close()


async def test_a_visitor_who_leaves_cancels_nothing(
    pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection
) -> None:
    workshop = await open_one(connection)
    desk = desk_for(pool, settings)
    visitors = [asyncio.create_task(desk.submit(workshop.id, submission())) for _ in range(3)]
    await asyncio.sleep(0)
    visitors[0].cancel()
    assert [answer.outcome for answer in await asyncio.gather(*visitors[1:])] == [Outcome.CONFIRMED] * 2
    await eventually(lambda: _all_three(connection, workshop.id), what="the visitor who left is registered")
    await desk.close()


async def _all_three(connection: asyncpg.Connection, workshop_id: Any) -> bool:
    return await counts(connection, workshop_id) == (3, 0)


async def test_a_stop_finishes_with_those_who_wait_and_takes_nobody_else(
    pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection
) -> None:
    workshop = await open_one(connection)
    desk = desk_for(pool, settings, admission_group=2)
    waiting = [asyncio.create_task(desk.submit(workshop.id, submission())) for _ in range(7)]
    await asyncio.sleep(0)
    await desk.close()
    assert await counts(connection, workshop.id) == (7, 0)
    assert all(answer.outcome is Outcome.CONFIRMED for answer in await asyncio.gather(*waiting))
    with pytest.raises(AdmissionUnavailableError):
        await desk.submit(workshop.id, submission())


async def test_waiting_is_bounded(pool: asyncpg.Pool, settings: RegistrationSettings, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    desk = desk_for(pool, settings, admission_queue=2)
    results = await asyncio.gather(*(desk.submit(workshop.id, submission()) for _ in range(5)), return_exceptions=True)
    assert [isinstance(result, AdmissionUnavailableError) for result in results] == [False, False, True, True, True]
    await desk.close()


async def test_one_transaction_makes_an_attempt_doubtful_only_at_its_commit(
    pool: asyncpg.Pool, connection: asyncpg.Connection, settings: RegistrationSettings
) -> None:
    workshop = await open_one(connection)
    attempt = admission.Attempt()
    with pytest.raises(asyncpg.PostgresError):
        await admission.admit(pool, workshop.id, [submission(diet="\x00")], [attempt], links=LINKS, link_interval=timedelta(), now=NOW)
    assert not attempt.in_doubt
