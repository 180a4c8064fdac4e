"""The same people, processes and promises on a real PostgreSQL, one statement at a time."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from hypothesis import given, settings

from tests.faults.simulation.admission_world import AdmissionWorld, Plan
from tests.faults.simulation.on_postgres.backend import PostgresBackend
from tests.faults.test_simulation import PLANS, SCHEDULES, TAPES

ON_POSTGRES = 200
EFFECTS = """
    CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL, key uuid NOT NULL, sequence bigint)
"""


@pytest.mark.timeout(900)
async def test_admission_to_effect(database: Callable[[str], Awaitable[str]]) -> None:
    urls = {"registration": await database("registration"), "listening": await database("registration")}
    connection = await asyncpg.connect(urls["listening"])
    await connection.execute(EFFECTS)
    await connection.close()
    backend = PostgresBackend(urls)

    @settings(SCHEDULES, max_examples=ON_POSTGRES)
    @given(PLANS, TAPES)
    def schedules(plan: Plan, tape: bytes) -> None:
        AdmissionWorld(plan, tape, backend).run()

    await asyncio.to_thread(schedules)
