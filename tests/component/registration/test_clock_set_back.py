"""A clock that is set back between two commands: what an organiser tells everybody reaches all who had joined before."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.workshop import Workshop
from services.registration.use_cases.announce import announce
from services.registration.use_cases.remind_now import remind_now
from services.registration.use_cases.reschedule_workshop import NewTimes, reschedule_workshop
from services.registration.use_cases.withdraw_registration import withdraw_registration
from shared.runtime.database import Connection
from tests.component.registration.material import NOW, ORGANISER, ids_by_address, open_one, place, submission

JOINED = NOW + timedelta(minutes=5)
SET_BACK = NOW - timedelta(hours=1)
WORDS = {"en": "Badges", "fr": "Badges"}

Tell = Callable[[Connection, Workshop], Awaitable[object]]


async def _remind(connection: Connection, workshop: Workshop) -> None:
    await remind_now(connection, workshop.id, actor=ORGANISER, now=SET_BACK)


async def _announce(connection: Connection, workshop: Workshop) -> None:
    await announce(connection, workshop.id, WORDS, WORDS, actor=ORGANISER, now=SET_BACK)


async def _reschedule(connection: Connection, workshop: Workshop) -> None:
    day = timedelta(days=1)
    times = [NewTimes(session.code, session.starts + day, session.ends + day) for session in workshop.definition.sessions]
    await reschedule_workshop(connection, workshop.id, times, actor=ORGANISER, now=SET_BACK)


@pytest.mark.parametrize("tell", [_remind, _announce, _reschedule])
async def test_it_does_not_happen_before_anybody_was_admitted(connection: asyncpg.Connection, tell: Tell) -> None:
    workshop = await open_one(connection, capacity=2)
    await place(connection, workshop.id, submission(), now=JOINED)
    await tell(connection, workshop)
    assert await _happened(connection, workshop) == JOINED


async def test_it_does_not_happen_before_anybody_moved_up(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    first = submission()
    await place(connection, workshop.id, first, submission())
    ids = await ids_by_address(connection, workshop.id)
    await withdraw_registration(connection, ids[first.address_key], by="participant", actor=PARTICIPANT, now=JOINED)
    await _remind(connection, workshop)
    assert await _happened(connection, workshop) == JOINED


async def test_where_nobody_joined_it_happens_when_it_is_said(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await _remind(connection, workshop)
    assert await _happened(connection, workshop) == SET_BACK


async def _happened(connection: Connection, workshop: Workshop) -> object:
    """The business time of the last fact for everybody."""
    return await connection.fetchval(
        "SELECT occurred_at FROM outbox WHERE topic = 'workshop-events' AND key = $1 ORDER BY id DESC LIMIT 1", workshop.id
    )
