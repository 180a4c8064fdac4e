"""A worker that is killed at every step on the way to a thousand certificates issues a thousand, none twice."""

import hashlib
import random
from collections import Counter
from dataclasses import dataclass
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
from tests.faults.matrix.host import CONTROL
from tests.faults.matrix.kill_points import of_process
from tests.faults.matrix.kill_points.control import Order, strikes
from tests.faults.matrix.wiring import HOST
from tests.faults.small_worlds import arm
from tests.waiting import eventually

PEOPLE, SEED = 1000, 20231026
WHILE_READING = ("batch-middle", "batch-committed")
"""Kill points that the worker passes before anybody has earned anything."""
AWARDED = PEOPLE * 3 // 10
"""So many are eligible, of whom none has been claimed or few, when it is killed for the third time."""
WHILE_ISSUING = sorted({point.name for point in of_process("certificates-worker")} - set(WHILE_READING))
"""The others: from the claim of a certificate to the mark that the news of it was published."""
OUTSIDE, ANYWHERE = "outside", 2
"""Killed so often from outside, wherever it happens to be."""
PATIENCE = 300
"""Seconds for a step, on a machine that has much else to do."""
CONTROLLED = "control"
"""Name of the folder in which the worker is told where to fall."""


@pytest.mark.timeout(4 * PATIENCE)
async def test_a_thousand_are_issued_once_each_wherever_the_worker_dies(
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
    connection = await asyncpg.connect(url)
    run = Run(worker_of(url, kafka, topic_prefix, tmp_path), connection, tmp_path / CONTROLLED)
    steps = [*WHILE_ISSUING, *[OUTSIDE] * ANYWHERE]
    chance.shuffle(steps)
    try:
        for point in WHILE_READING:
            await run.falls_at(point)
        await run.dies_with(AWARDED, "eligible issued")
        for moment, step in zip(sorted(chance.sample(range(1, PEOPLE * 5 // 6), len(steps))), steps, strict=True):
            await run.dies_with(moment, at=step)
        assert [line.partition(":")[0] for line in strikes(run.control)] == [*WHILE_READING, *(step for step in steps if step != OUTSIDE)]
        await run.worker.start(within=PATIENCE)
        await eventually(lambda: run.reached(PEOPLE), within=PATIENCE, what="the last certificate")
        await eventually(run.told_all, within=PATIENCE, what="all of it was told")
    finally:
        await run.worker.stop()

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


@dataclass(frozen=True)
class Run:
    """The worker, its database, and the folder in which it is told where to fall."""

    worker: ServiceProcess
    connection: asyncpg.Connection
    control: Path

    async def count(self, states: str = "issued") -> int:
        return int(await self.connection.fetchval("SELECT count(*) FROM certificates WHERE state = ANY($1)", states.split()))

    async def reached(self, number: int, states: str = "issued") -> bool:
        return await self.count(states) >= number

    async def told_all(self) -> bool:
        return not await self.connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")

    async def falls_at(self, point: str) -> None:
        """The worker, running or not yet, kills itself when it next comes there."""
        arm(self.control, Order(point))
        if not self.worker.running:
            self.worker.launch()
        await eventually(self._fell, within=PATIENCE, what=f"the worker falls at {point}")
        assert await self.count() < PEOPLE, "it was killed in the middle"

    async def dies_with(self, number: int, states: str = "issued", *, at: str = OUTSIDE) -> None:
        """Started, and killed once there are so many certificates: from outside, or at a point."""
        self.worker.launch()
        await eventually(lambda: self.reached(number, states), within=PATIENCE, what=f"certificate {number}")
        if at != OUTSIDE:
            await self.falls_at(at)
            return
        await self.worker.kill()
        assert await self.count() < PEOPLE, "it was killed in the middle"

    async def _fell(self) -> bool:
        return not self.worker.running


def told() -> Story:
    """A completed workshop at which a thousand people were present."""
    story = Story()
    story.workshop(workshop_record(capacity=PEOPLE))
    for number in range(1, PEOPLE + 1):
        story.person(number, f"Ana Kovač {number}", attended=("day-1", "day-2"))
    story.completed()
    return story


def worker_of(url: str, kafka: str, topic_prefix: str, folder: Path) -> ServiceProcess:
    """The worker of certificates as a process of its own, with kill points."""
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
        "CONSUMER_SESSION_SECONDS": "6",  # the least that the broker takes
    }
    environment = {f"ATELIER_{name}": value for name, value in settings.items()} | {CONTROL: str(folder / CONTROLLED)}
    return ServiceProcess(
        "certificates-worker",
        [*python_command(HOST), "services.certificates.worker_app"],
        url=f"http://{LOOPBACK}:{port}",
        environment=environment,
        log=folder / "worker.log",
        data_directory=folder,
    )
