"""Every statement of every storage module, against a million registrations: none reads or sorts what grows with them, but by name."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from shared.runtime import rebuild_tables
from shared.runtime.database import PLANNING
from tests.component.scale.allowed import ANSWERED_FOR_ALL, judge
from tests.component.scale.composed import asked_of
from tests.component.scale.filling import fill
from tests.component.scale.plans import answered_for_all, arguments, complaints, helpers, sorted_from_many, sorts_by_reading
from tests.component.scale.written import Written, written_by
from tests.faults.simulation.in_memory.twins import normal


@dataclass
class Findings:
    """What was explained, and what is to be said against it."""

    explained: set[str] = field(default_factory=set)
    against: dict[str, None] = field(default_factory=dict)
    """In order, each once: one statement is explained with many combinations of values."""
    helped: list[str] = field(default_factory=list)
    """Those for which the server would start processes, planned as services plan."""


async def explain_all(connection: asyncpg.Connection, service: str) -> Findings:
    """Each whole statement with likely values, each composed one with those it is asked with.

    Nothing is carried out but what reads and sorts rows of a large table, whose rows are counted; what that locks is let go.
    """
    sizes = dict(await connection.fetch("SELECT relname, reltuples FROM pg_class WHERE relkind IN ('r', 'i')"))
    await connection.execute("SET plan_cache_mode = force_custom_plan")
    found = Findings()
    for written in written_by(service):
        if written.whole:
            plan = await _explain_written(connection, written)
            said = complaints(plan, sizes)
            if sorts_by_reading(plan, sizes):
                async with _taken_back(connection):
                    said += sorted_from_many(await _explain_written(connection, written, "ANALYZE, TIMING OFF, FORMAT JSON"))
            _note(found, written.module, written.text, said)
    async for module, sql, values in asked_of(service):
        plan = _top(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values))
        said = complaints(plan, sizes)
        if sorts_by_reading(plan, sizes):
            async with _taken_back(connection):
                said += sorted_from_many(_top(await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", *values)))
        _note(found, module, normal(sql), said)
    await _plan_as_services_do(connection)
    plans = {written.text: await _explain_written(connection, written) for written in written_by(service) if written.whole}
    plans |= {sql: await _explain_composed(connection, sql) async for _, sql, _ in asked_of(service)}
    found.helped = [normal(sql) for sql, plan in plans.items() if helpers(plan)]
    return found


async def _plan_as_services_do(connection: asyncpg.Connection) -> None:
    for name, value in PLANNING.items():
        await connection.execute(f"SET {name} = {value}")


def _note(found: Findings, module: str, sql: str, said: list[str]) -> None:
    found.explained.add(sql)
    found.against |= {f"{complaint}: {module}: {sql}": None for complaint in said}


async def _empty(connection: asyncpg.Connection) -> list[str]:
    """Tables without rows: whatever is asked of them is cheap, and says nothing of later."""
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    filled = await rebuild_tables.tables_with_rows(connection)
    return [name for (name,) in rows if name not in filled]


@asynccontextmanager
async def _taken_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def _explain_written(connection: asyncpg.Connection, written: Written, options: str = "FORMAT JSON") -> dict[str, Any]:
    await connection.execute(f"PREPARE asked AS {written.text}")
    types = await connection.fetchval("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'asked'")
    values = ", ".join(arguments(written.text, types))
    explained = await connection.fetchval(f"EXPLAIN ({options}) EXECUTE asked{f'({values})' if values else ''}")
    await connection.execute("DEALLOCATE asked")
    return _top(explained)


async def _explain_composed(connection: asyncpg.Connection, sql: str) -> dict[str, Any]:
    """The plan that serves any values."""
    await connection.execute(f"PREPARE asked AS {sql}")
    count = await connection.fetchval("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'asked'")
    values = ", ".join(["NULL"] * count)
    explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked{f'({values})' if values else ''}")
    await connection.execute("DEALLOCATE asked")
    return _top(explained)


def _top(explained: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan


@pytest.mark.timeout(900)
@pytest.mark.parametrize("service", ["registration", "notifications", "certificates"])
async def test_no_statement_reads_or_sorts_what_grows(service: str, database: Callable[[str], Awaitable[str]]) -> None:
    connection = await asyncpg.connect(await database(service), command_timeout=600)
    try:
        await fill(connection, service)
        assert await _empty(connection) == []
        found = await explain_all(connection, service)
    finally:
        await connection.close()
    refused, not_needed = judge(service, list(found.against))
    assert refused == []
    assert found.helped == []
    assert not_needed == [], "allowed, and nobody complains of it any more"
    parts = [written for written in written_by(service) if not written.whole]
    assert [part for part in parts if not any(part.text in sql for sql in found.explained)] == [], "composed.py does not ask for these"


@pytest.mark.parametrize("service", ["registration", "notifications", "certificates"])
async def test_in_an_empty_database_nothing_is_planned_to_be_answered_for_all_at_once(
    service: str, database: Callable[[str], Awaitable[str]]
) -> None:
    """A plan is kept by the connections that made it, while the tables fill: what it reads as a whole is not small for long."""
    connection = await asyncpg.connect(await database(service))
    try:
        await rebuild_tables.begin(connection)
        await _plan_as_services_do(connection)
        plans = {written.text: await _explain_written(connection, written) for written in written_by(service) if written.whole}
        plans |= {sql: await _explain_composed(connection, sql) async for _, sql, _ in asked_of(service)}
    finally:
        await connection.close()
    hashed = [normal(sql) for sql, plan in plans.items() if answered_for_all(plan)]
    assert [sql for sql in hashed if not any(part in sql for part in ANSWERED_FOR_ALL)] == []
