from collections.abc import Mapping, Sequence

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from deploy.embedded.databases import SERVICES
from deploy.embedded.system import System
from deploy.reconcile.read_kafka import read_kafka
from shared.contracts.topics import TOPICS, Topic
from tests.system.office import Office
from tests.system.scene import Scene, all_rows, people

CONSUMED = {
    "registration": ("notifications", "certificates"),
    "notifications": ("workshops", "workshop-events", "participants", "registrations", "certificates"),
    "certificates": ("workshops", "workshop-events", "participants", "registrations"),
}


@pytest.mark.parametrize("forget", [False, True], ids=["with the inboxes", "with the inboxes emptied"])
async def test_reading_every_topic_again_changes_no_row_and_sends_no_mail(scene: Scene, *, forget: bool) -> None:
    await _a_life(scene)
    system = scene.system
    rows_before = await all_rows(system, leaving_out={"inbox"})
    _certificates_have_something_of_everything(rows_before, scene.workshop_id)
    mails_before, log_before = await scene.inbox.newest_number(), await _facts(system)

    await _stop_workers(system)
    if forget:
        await _empty_inboxes(system)
    read_again = sum([await _rewind(system, service) for service in SERVICES])
    await _start_workers(system)
    status = await system.status()
    assert all(status.values())
    await scene.settle()

    assert read_again > 0
    assert await all_rows(system, leaving_out={"inbox"}) == rows_before
    assert await scene.inbox.newest_number() == mails_before
    assert await _facts(system) == log_before
    if forget:
        assert all([await _inbox_size(system, service) > 0 for service in SERVICES]), "nothing was read again"


async def _a_life(scene: Scene) -> None:
    """Confirmed, waiting, promoted, withdrawn, attended, approved, certified, revoked, issued again and erased: something of everything."""
    persons = people(7)
    await scene.open(capacity=5)
    await scene.organiser.edit_workshop(scene.workshop_id, {"certificate": {"minimum_sessions": 2, "needs_approval": True}})
    for person in persons:
        await scene.apply(person)
    await scene.settle()
    await scene.press(persons[0], "/withdraw")
    await scene.check_in(persons[1:5], days=2)
    await scene.advance_to(day=2, hour=18)
    await scene.organiser.command(scene.workshop_id, "complete")
    await scene.settle()
    rows = await scene.registrations()
    await _office_hours(scene, [rows[person.address]["id"] for person in persons[1:6]])
    await scene.press(persons[1], "/erase")
    await scene.advance_to(day=6, hour=9)


async def _office_hours(scene: Scene, ids: Sequence[str]) -> None:
    """All that organisers may do about certificates; the last of these people teaches, the one before is not approved."""

    async def serial_of(registration_id: str) -> str:
        newest, *_ = (await scene.organiser.registration(registration_id))["certificates"]
        return str(newest["serial"])

    async with Office(scene.system, scene.workshop_id) as office:
        await office.approve(ids[:3])
        await office.name_trainer(ids[4])
        await scene.settle()
        await office.save_template()
        await office.issue_all_again()
        await scene.settle()
        await office.revoke(await serial_of(ids[1]))
        await office.revoke(await serial_of(ids[2]))
        await scene.settle()
        await office.issue_again(await serial_of(ids[2]))
        await scene.settle()


def _certificates_have_something_of_everything(rows: Mapping[str, list[str]], workshop_id: str) -> None:
    """What was not there cannot have been changed by reading it again."""
    for table in ("trainers", "certificate_templates", "audit_log"):
        assert any(workshop_id in row for row in rows[f"certificates.{table}"]), table
    assert rows["certificates.approvals"]
    certificates = [row for row in rows["certificates.certificates"] if workshop_id in row]
    for state in ("issued", "superseded", "revoked"):
        assert any(f",{state}," in row for row in certificates), state
    assert any(",trainer," in row or row.endswith(",trainer)") for row in certificates)
    assert any(",achievement," in row or row.endswith(",achievement)") for row in certificates)
    assert any(",organiser," in row for row in certificates), "taken back by hand"


async def _stop_workers(system: System) -> None:
    for service in SERVICES:
        await system.process(f"{service}-worker").stop()


async def _start_workers(system: System) -> None:
    for service in SERVICES:
        await system.process(f"{service}-worker").start()


async def _rewind(system: System, service: str) -> int:
    """Set the service's groups back to the first record of each topic; returns how many records they had read."""
    prefix = system.environment(service)["ATELIER_TOPIC_PREFIX"]
    read = 0
    for topic in (topic for topic in TOPICS if topic.name in CONSUMED[service]):
        partitions = [TopicPartition(prefix + topic.name, number) for number in range(topic.partitions)]
        consumer = AIOKafkaConsumer(bootstrap_servers=system.kafka, group_id=f"{prefix}{service}.{topic.name}", enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign(partitions)
            committed = {partition: await consumer.committed(partition) or 0 for partition in partitions}
            beginnings = await consumer.beginning_offsets(partitions)
            read += sum(committed[partition] - beginnings[partition] for partition in partitions)
            await consumer.commit({partition: OffsetAndMetadata(beginnings[partition], "") for partition in partitions})
        finally:
            await consumer.stop()
    return read


async def _empty_inboxes(system: System) -> None:
    for service in SERVICES:
        connection = await asyncpg.connect(system.environment(service)["ATELIER_DATABASE_URL"])
        try:
            await connection.execute("TRUNCATE inbox")
        finally:
            await connection.close()


async def _inbox_size(system: System, service: str) -> int:
    connection = await asyncpg.connect(system.environment(service)["ATELIER_DATABASE_URL"])
    try:
        return int(await connection.fetchval("SELECT count(*) FROM inbox"))
    finally:
        await connection.close()


async def _facts(system: System) -> list[tuple[str, int | None]]:
    """What all topics hold, heartbeats left out."""
    topics: tuple[Topic, ...] = TOPICS
    log = await read_kafka(system.kafka, system.environment("registration")["ATELIER_TOPIC_PREFIX"], topics)
    return [(str(record.envelope.id), record.envelope.sequence) for record in log.published]
