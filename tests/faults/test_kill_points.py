"""Kill points: each is passed in the ordinary course of things, and a process told to fall at one falls there and nowhere else."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from services.registration.domain.personal_link import PersonalLinks
from shared.contracts.certificates import CertificateIssued
from shared.runtime.database import Pool, create_pool
from shared.runtime.migrations import migrate_folder
from shared.runtime.outbox import publish
from shared.runtime.settings import ServiceSettings
from tests.component.certificates.story import Story as CertificatesStory
from tests.component.certificates.story import workshop_record
from tests.component.notifications.story import Story
from tests.component.registration.material import ids_by_address, open_one
from tests.component.runtime.conftest import MIGRATIONS
from tests.component.runtime.parts import NOW, confirmed, consuming, note_taker, notes, relaying
from tests.faults import small_worlds
from tests.faults.matrix.kill_points import of_process
from tests.faults.matrix.kill_points.control import PAUSE, Order, strikes
from tests.faults.small_worlds import Fell, NewDatabase
from tests.waiting import eventually


def of_one_process(process: str) -> set[str]:
    """The points that only this process has."""
    return {point.name for point in of_process(process) if len(point.processes) == 1}


def workshop_with(*names: str) -> Story:
    story = Story()
    story.open()
    for name in names:
        story.person(name)
    return story


async def test_every_point_of_notifications_is_passed(database: NewDatabase) -> None:
    async with small_worlds.notifications(database) as world:
        with small_worlds.passing("notifications-worker") as points:
            await world.live(workshop_with("Ana"))
            await world.pool.execute("UPDATE messages SET state = 'claimed', settled_at = NULL, lease_until = clock_timestamp()")
            await world.planner.recover()
    assert of_one_process("notifications-worker") <= set(points)
    assert points["mail-dot"] == points["mail-dot"][:1], "one text, one final dot"


async def test_every_point_of_certificates_is_passed(database: NewDatabase) -> None:
    story = CertificatesStory()
    story.workshop(workshop_record())
    story.person(1, "Ана Ковач", attended=("day-1", "day-2"))
    story.completed()
    async with small_worlds.certificates(database) as service:
        with small_worlds.passing("certificates-worker") as points:
            await service.read_all(story)
            await service.work()
        [certificate] = await service.certificates()
    assert of_one_process("certificates-worker") <= set(points)
    assert points["certificate-stored"] == [f"certificate {certificate['serial']}"]


async def test_every_point_of_registration_is_passed(database: NewDatabase, tmp_path: Path) -> None:
    async with small_worlds.registration(database, tmp_path) as site:
        async with site.pool.acquire() as connection:
            workshop = await open_one(connection, capacity=1)
        with small_worlds.passing("registration-web") as points:
            for name in ("ana", "ben"):
                form = {"address": f"{name}@example.org", "given_name": name, "family_name": "Šehović", "country": "BA", "language": "en"}
                answer = await site.browser.post(
                    f"/workshops/{workshop.definition.slug}/register", data=form | {"form_token": str(uuid4())}
                )
                assert answer.status_code == 303, answer.text
            async with site.pool.acquire() as connection:
                ana = (await ids_by_address(connection, workshop.id))["ana@example.org"]
            links = PersonalLinks(site.settings.link_secret.get_secret_value(), "")
            assert points.keys() == {"admission-placed", "admission-committed"}
            answer = await site.browser.post(links.issue(ana, workshop.ends_at) + "/withdraw", headers={"origin": "http://atelier.example"})
            assert answer.status_code == 303, answer.text
            assert "command-committed" not in points
            answer = await site.organiser.post(f"/workshops/{workshop.id}/remind")
            assert answer.status_code == 200, answer.text
    assert set(points) == of_one_process("registration-web")
    assert points["promotion-committed"] == ["1 promoted"]


async def test_every_point_of_batches_and_relays_is_passed(runtime: ServiceSettings) -> None:
    pool, keys = await create_pool(runtime, application_name="test"), [uuid4() for _ in range(3)]
    with small_worlds.passing("registration-worker") as points:
        async with pool.acquire() as connection, connection.transaction():
            await publish(connection, [confirmed(key, 1) for key in keys], source="registration", now=NOW)
        async with relaying(runtime), consuming(runtime, note_taker(), pool):
            await eventually(lambda: len(points["batch-committed"]) and _are(pool, [1, 1, 1]), within=30, what="three notes")
    await pool.close()
    assert set(points) == {point.name for point in of_process("registration-worker")}
    assert points["relay-read"] == ["3 rows read, none sent"]
    assert points["relay-part"] == [f"{sent} of 3 rows confirmed by the broker, the others not sent" for sent in (1, 2)]
    assert points["relay-published"] == ["3 rows published, not marked"]


DEATHS = {
    "mail-claimed": ("sent", 1),
    "mail-composed": ("sent", 1),
    "mail-announced": ("sent", 1),
    "mail-marked": ("sent", 1),
    "mail-sending": ("uncertain", 0),
    "mail-dot": ("uncertain", 1),
    "mail-answered": ("uncertain", 1),
}
"""What becomes of a message whose worker dies at a point, and how often it is in the mailbox."""


@pytest.mark.parametrize("point", DEATHS)
async def test_a_death_on_the_way_of_a_mail_is_made_good_or_shown(database: NewDatabase, tmp_path: Path, point: str) -> None:
    async with small_worlds.notifications(database) as world:
        await world.hear(workshop_with("Ana").told)
        await world.plan()
        sender = world.sender()
        with small_worlds.falling("notifications-worker", Order(point), tmp_path), pytest.raises(Fell):
            await sender.run()
        sender.close()
        await small_worlds.let_leases_expire(world)
        await world.work()
        state, mails = DEATHS[point]
        assert [found for (purpose, _), (found, _) in (await world.messages()).items() if purpose == "confirmation"] == [state]
        await eventually(lambda: len(world.mail.taken) == mails, what=f"{mails} mails in the mailbox")
        assert len(strikes(tmp_path)) == 1


async def test_a_death_on_the_way_of_a_certificate_is_made_good(database: NewDatabase, tmp_path: Path) -> None:
    story = CertificatesStory()
    story.workshop(workshop_record())
    story.completed()
    points = sorted(of_one_process("certificates-worker"))
    async with small_worlds.certificates(database) as service:
        await service.read_all(story)
        await service.work()
        for number, point in enumerate(points, 1):
            heard = {topic: len(records) for topic, records in story.records.items()}
            story.person(number, "Ана Ковач", attended=("day-1", "day-2"))
            for topic, records in story.records.items():
                await service.read(topic, records[heard.get(topic, 0) :])
            await service.apply_rule()
            with small_worlds.falling("certificates-worker", Order(point), tmp_path), pytest.raises(Fell):
                await service.jobs["issue_certificates"].run()
            await service.pool.execute("UPDATE certificates SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL")
            await service.work()
        certificates = await service.certificates()
        told = [event.serial for event in await service.published() if isinstance(event, CertificateIssued)]
    assert [(row["state"], row["edition"]) for row in certificates] == [("issued", 1)] * len(points)
    assert sorted(told) == sorted(row["serial"] for row in certificates)
    assert [line.partition(":")[0] for line in strikes(tmp_path)] == points


async def test_a_process_pauses_and_falls_where_it_is_told_to(database: NewDatabase, kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    environment = {"environment": "development", "kafka_bootstrap": kafka, "topic_prefix": topic_prefix}
    environment |= {"database_url": await database("registration"), "link_secret": "a secret that is long enough for tests"}
    pool = await create_pool(ServiceSettings(**environment), application_name="test")  # type: ignore[arg-type]  # strings all

    async def tell() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await publish(connection, [confirmed(uuid4(), 1)], source="registration", now=NOW)

    async def unpublished() -> int:
        return int(await pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL"))

    async with small_worlds.hosted("services.registration.worker_app", environment, tmp_path) as worker:
        await eventually(worker.ready, within=60, what="the worker is ready")
        small_worlds.arm(tmp_path, Order("relay-read", action=PAUSE))
        await tell()
        await eventually(lambda: psutil.Process(worker.process.pid).status() == psutil.STATUS_STOPPED, what="the process has paused")
        assert await unpublished() == 1
        worker.process.send_signal(signal.SIGCONT)
        await eventually(lambda: _none(unpublished), what="the paused process to go on")
        small_worlds.arm(tmp_path, Order("relay-published"))
        await tell()
        assert await worker.fell() == -signal.SIGKILL
    assert strikes(tmp_path) == ["relay-read: 1 rows read, none sent", "relay-published: 1 rows published, not marked"]
    assert await unpublished() == 1
    async with small_worlds.hosted("services.registration.worker_app", environment, tmp_path) as worker:
        await eventually(lambda: _none(unpublished), within=60, what="the next process to publish it again")
        assert worker.process.poll() is None, "an order strikes once"
    await pool.close()


@pytest.mark.parametrize(
    ("module", "defect", "words"),
    [
        ("services.registration.no_app", "", "is not a process of the product"),
        ("services.registration.web_app", "no-such-defect", "there is no defect no-such-defect"),
        ("services.registration.web_app", "relay-without-leader", "goes into registration-worker"),
    ],
)
async def test_a_host_that_cannot_do_what_it_is_asked_ends_with_words(module: str, defect: str, words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.matrix.host",
        module,
        env=os.environ | {"ATELIER_MATRIX_DEFECT": defect},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert words in errors.decode()


async def _are(pool: Pool, expected: list[int]) -> bool:
    return await notes(pool) == expected


async def _none(count: Callable[[], Awaitable[int]]) -> bool:
    return await count() == 0


@pytest.fixture
async def runtime(empty_database: str, kafka: str, topic_prefix: str) -> ServiceSettings:
    """Settings of a small service: the messaging tables, and one for effects."""
    await migrate_folder(MIGRATIONS, empty_database)
    return ServiceSettings(environment="development", database_url=empty_database, kafka_bootstrap=kafka, topic_prefix=topic_prefix)
