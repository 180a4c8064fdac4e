"""A worker that is killed again and again while it issues a thousand certificates issues a thousand, none twice."""

import hashlib
import random
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.environments import python_command
from deploy.embedded.fonts import ensure_fonts
from deploy.embedded.ports import LOOPBACK, free_ports
from deploy.embedded.service_process import ServiceProcess
from services.certificates.settings import CertificatesSettings
from shared.contracts.catalogue import decode
from shared.contracts.certificates import CertificateIssued
from shared.contracts.topics import CERTIFICATES
from tests.component.certificates.story import Story, trial_keys, workshop_record
from tests.component.runtime.parts import on_topic, producing
from tests.conftest import NewDatabase
from tests.waiting import eventually

PEOPLE, KILLS, SEED = 1000, 6, 20231026


@pytest.mark.timeout(600)
async def test_a_thousand_are_issued_once_each_however_often_the_worker_dies(
    database: NewDatabase, kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same moments in every run
    url = await database("certificates")
    settings = CertificatesSettings(environment="development", database_url=url, kafka_bootstrap=kafka, topic_prefix=topic_prefix)
    async with producing(settings) as producer:
        for topic, records in told().records.items():
            for record in records:
                await producer.send(settings.topic_name(topic.name), key=record.key, value=record.value)
        await producer.flush()
    worker = worker_of(url, kafka, topic_prefix, tmp_path)
    connection = await asyncpg.connect(url)

    async def issued() -> int:
        return int(await connection.fetchval("SELECT count(*) FROM certificates WHERE state = 'issued'"))

    async def reached(number: int) -> bool:
        return await issued() >= number

    try:
        for moment in sorted(chance.sample(range(1, PEOPLE - 50), KILLS)):
            await worker.start(within=60)
            await eventually(lambda moment=moment: reached(moment), within=120, what=f"certificate {moment}")
            await worker.kill()
            assert await issued() < PEOPLE, "it was killed in the middle"
        await worker.start(within=60)
        await eventually(lambda: reached(PEOPLE), within=240, what="the last certificate")
        await eventually(lambda: told_all(connection), within=60, what="all of it was told")
    finally:
        await worker.stop()

    rows = await connection.fetch(
        "SELECT registration_id, state, sha256, pdf FROM certificates JOIN documents USING (registration_id, edition)"
    )
    await connection.close()
    assert Counter(row["state"] for row in rows) == {"issued": PEOPLE}
    assert len({row["registration_id"] for row in rows}) == PEOPLE
    assert all(hashlib.sha256(row["pdf"]).hexdigest() == row["sha256"] for row in rows)
    events = [decode(record.value)[1] for record in await on_topic(settings, CERTIFICATES) if record.value]
    # Told again is allowed, of the same certificate: at least once on the wire, effective once
    of_person = {event.registration_id: {event.sha256} for event in events if isinstance(event, CertificateIssued)}
    for event in events:
        if isinstance(event, CertificateIssued):
            of_person[event.registration_id].add(event.sha256)
    assert of_person == {row["registration_id"]: {row["sha256"]} for row in rows}


def told() -> Story:
    """A completed workshop at which a thousand people were present."""
    story = Story()
    story.workshop(workshop_record(capacity=PEOPLE))
    for number in range(1, PEOPLE + 1):
        story.person(number, f"Ana Kovač {number}", attended=("day-1", "day-2"))
    story.completed()
    return story


def worker_of(url: str, kafka: str, topic_prefix: str, folder: Path) -> ServiceProcess:
    """The worker of certificates as a process of its own."""
    [port] = free_ports(1)
    settings = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP": kafka,
        "TOPIC_PREFIX": topic_prefix,
        "PORT": str(port),
        "FONT_DIRECTORY": str(ensure_fonts()),
        "KEYS_DIRECTORY": str(trial_keys(folder / "keys")),
        "RENDER_LEASE_SECONDS": "4",
    }
    environment = {f"ATELIER_{name}": value for name, value in settings.items()}
    return ServiceProcess(
        "certificates-worker",
        python_command("services.certificates.worker_app"),
        url=f"http://{LOOPBACK}:{port}",
        environment=environment,
        log=folder / "worker.log",
        data_directory=folder,
    )


async def told_all(connection: asyncpg.Connection) -> bool:
    return not await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
