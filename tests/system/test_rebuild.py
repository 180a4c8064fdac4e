"""A database that was lost is made again from the topics: it says the same, and its worker sends nothing and changes nothing."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.embedded.system import System
from services.certificates.storage.rebuilding import REBUILT as OF_CERTIFICATES
from services.notifications.storage.rebuilding import REBUILT as OF_NOTIFICATIONS
from shared.runtime.migrations import migrate
from tests.conftest import Servers
from tests.system.scene import Scene, people
from tests.system.test_replay import _facts as facts_of  # the same question, asked of the same topics

REBUILT = {"notifications": OF_NOTIFICATIONS, "certificates": OF_CERTIFICATES}
Rows = Mapping[str, list[str]]


@pytest.mark.timeout(1200)
async def test_a_rebuilt_database_says_the_same_and_its_worker_sends_nothing(own_scene: Scene, servers: Servers, tmp_path: Path) -> None:
    scene, system = own_scene, own_scene.system
    await _a_life(scene)
    backup = tmp_path / "documents"
    assert "written" in await _atelier(system, "certificates", "certificate-documents", "export", str(backup))
    mails, facts = await scene.inbox.newest_number(), await facts_of(system)
    await scene.assert_agreement()
    before = {service: await _rows(_url(system, service), REBUILT[service]) for service in REBUILT}
    _has_something_of_everything(before)

    options = {"notifications": (), "certificates": ("--documents", str(backup))}
    for service, queries in REBUILT.items():
        fresh = await _empty_database(servers, system, service)
        refused = await _atelier(system, service, "rebuild", service, *options[service], database=fresh, status=1)
        assert "stop it" in refused, "a worker runs"
        await system.process(f"{service}-worker").stop()
        printed = await _atelier(system, service, "rebuild", service, *options[service], database=fresh)
        assert "The database is rebuilt" in printed
        assert await _rows(fresh, queries) == before[service]
        assert await _unpublished(fresh) == 0
        assert "not empty" in await _atelier(system, service, "rebuild", service, *options[service], database=fresh, status=1)
        await system.process(f"{service}-web").stop()
        await _put_in_place(servers, system, service)
        await system.process(f"{service}-web").start()
        await system.process(f"{service}-worker").start()

    await scene.settle()
    assert {service: await _rows(_url(system, service), REBUILT[service]) for service in REBUILT} == before
    assert await scene.inbox.newest_number() == mails, "a mail was sent again"
    assert await facts_of(system) == facts, "something was told again"
    await scene.assert_agreement()

    await scene.advance_to(day=6, hour=9)  # what was planned goes on
    assert await scene.inbox.newest_number() > mails
    await scene.assert_agreement()


async def _a_life(scene: Scene) -> None:
    """Confirmed, waiting, promoted, withdrawn, written to, moved, attended, certified, corrected, renamed, shared and erased."""
    persons = people(7)
    await scene.open(capacity=5)
    for person in persons:
        await scene.apply(person)
    await scene.settle()
    await scene.press(persons[0], "/withdraw")
    await scene.settle()
    await scene.organiser.command(scene.workshop_id, "remind")
    await scene.settle()
    sessions = (await scene.organiser.workshop(scene.workshop_id))["definition"]["sessions"]
    there = scene.system.clock.now() + timedelta(days=30)
    elsewhere = [_moved(session, to=f"{there + timedelta(days=day):%Y-%m-%d}") for day, session in enumerate(sessions)]
    for moved in (elsewhere, [_moved(session) for session in sessions]):
        await scene.organiser.command(scene.workshop_id, "reschedule", {"sessions": moved})
        await scene.settle()
    await scene.check_in(persons[1:6], days=2)
    await scene.advance_to(day=2, hour=18)
    words = {"subject": {"en": "A word", "fr": "Un mot"}, "body": {"en": "Thank you.", "fr": "Merci."}}
    await scene.organiser.command(scene.workshop_id, "announce", words)
    await scene.organiser.command(scene.workshop_id, "complete")
    await scene.settle()
    rows = await scene.registrations()
    await scene.organiser.check_in(rows[persons[2].address]["id"], "day-3")  # replaced
    await _absent(scene, rows[persons[3].address]["id"], "day-1")  # revoked
    await _absent(scene, rows[persons[4].address]["id"], "day-1")
    await scene.organiser.correct(rows[persons[5].address]["id"], certificate_name="Dr Ina Țurcanu", language="en")
    await scene.settle()
    await scene.organiser.check_in(rows[persons[4].address]["id"], "day-1")  # and given again
    for person, command in ((persons[2], "/share"), (persons[5], "/share"), (persons[5], "/stop-sharing")):
        await scene.press(person, command)
    await scene.press(persons[1], "/erase")
    await scene.settle()


def _moved(session: Mapping[str, str], *, to: str | None = None) -> dict[str, str]:
    times = {name: session[name] if to is None else f"{to}T{session[name][11:16]}" for name in ("starts", "ends")}
    return {"code": session["code"], **times}


async def _absent(scene: Scene, registration_id: str, session: str) -> None:
    await scene.organiser._ask("PUT", f"/registrations/{registration_id}/attendance/{session}", {"present": False})


def _has_something_of_everything(rows: Mapping[str, Rows]) -> None:
    """What a table does not hold, it cannot lose."""
    assert all(rows["notifications"].values()), {table for table, found in rows["notifications"].items() if not found}
    # Approvals, templates and trainers are for organisers of certificates to name: tests/component/certificates/test_rebuild.py
    empty = {table for table, found in rows["certificates"].items() if not found}
    assert empty == {"approvals", "certificate_templates", "trainers"}
    for state in ("sent", "skipped", "planned"):
        assert any(f"state='{state}'" in row for row in rows["notifications"]["messages"]), state
    for state in ("issued", "superseded", "revoked"):
        assert any(f"state='{state}'" in row for row in rows["certificates"]["certificates"]), state
    assert any("erased=True" in row for row in rows["certificates"]["certificates"])


def _url(system: System, service: str) -> str:
    return system.environment(service)["ATELIER_DATABASE_URL"]


async def _rows(url: str, queries: Mapping[str, str]) -> Rows:
    connection = await asyncpg.connect(url)
    try:
        return {table: sorted(map(repr, await connection.fetch(query))) for table, query in queries.items()}
    finally:
        await connection.close()


async def _unpublished(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL"))
    finally:
        await connection.close()


async def _empty_database(servers: Servers, system: System, service: str) -> str:
    """Beside the service's own, with its tables and its owner."""
    parts = urlsplit(_url(system, service))
    name = parts.path.strip("/")
    await _administer(servers, f'CREATE DATABASE "{name}_fresh" OWNER "{name}"')
    fresh = urlunsplit(parts._replace(path=f"/{name}_fresh"))
    await migrate(service, fresh)
    return fresh


async def _put_in_place(servers: Servers, system: System, service: str) -> None:
    """The lost one away, the fresh one under its name."""
    name = urlsplit(_url(system, service)).path.strip("/")
    await _administer(servers, f'DROP DATABASE "{name}" WITH (FORCE)', f'ALTER DATABASE "{name}_fresh" RENAME TO "{name}"')


async def _administer(servers: Servers, *statements: str) -> None:
    connection = await asyncpg.connect(servers.database_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _atelier(system: System, service: str, *arguments: str, database: str | None = None, status: int = 0) -> str:
    """What the command prints; on another database than the service's own, if one is given."""
    environment = system.environment(service) | ({"ATELIER_DATABASE_URL": database} if database else {})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.command_line.main",
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == status, printed.decode()
    return printed.decode()
