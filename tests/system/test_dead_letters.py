"""Records that nobody can read, put on a topic by hand, and one that a service failed on: set aside, told of, replayed."""

import asyncio
import json
import re
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaProducer

from deploy.embedded.system import System
from shared.contracts.envelope import Envelope
from tests.system.scene import Scene, people


async def test_what_cannot_be_read_is_set_aside_and_what_follows_it_is_processed(own_scene: Scene) -> None:
    scene, system = own_scene, own_scene.system
    stranger = uuid.uuid4()
    key = str(stranger).encode()
    unknown = Envelope(
        id=uuid.uuid4(), source="/elsewhere", type="registration.teleported.v9", subject=stranger, time=system.clock.now(), data={}
    )
    unreadable = b'{"specversion": "1.0", "id": 7'
    (person,) = people(1)
    await scene.open(capacity=1)
    topic = system.environment("registration")["ATELIER_TOPIC_PREFIX"] + "registrations"
    producer = AIOKafkaProducer(bootstrap_servers=system.kafka)
    await producer.start()
    try:
        # On every partition: whichever the person's fact lands on, it comes after them.
        for partition in range(12):
            for value in (unknown.to_bytes(), unreadable):
                await producer.send_and_wait(topic, value=value, key=key, partition=partition)
    finally:
        await producer.stop()

    await scene.apply(person)
    await scene.settle()
    state = await scene.end_state()
    assert state["person 0"]["mails"] == {("confirmation", person.language): 1}
    assert state["person 0"]["standings"] == ["confirmed", "confirmed"]

    for service in ("notifications", "certificates"):
        listed = await _atelier(system, service, "list")
        assert listed.count("registrations[") == 24
        assert "registration.teleported.v9" in listed
        # Partitions are read side by side: which comes first in the list is not said.
        [number, *_] = _numbers("\n".join(line for line in listed.splitlines() if "registration.teleported.v9" not in line))
        shown = await _atelier(system, service, "show", str(number), "--value")
        assert unreadable.decode() in shown
        refused = await _atelier(system, service, "replay", str(number), status=1)
        assert "cannot be read" in refused
        all_refused = await _atelier(system, service, "replay", "--reason", "undecodable", "--rate", "1000", status=1)
        assert all_refused.count("still cannot be read") == 12
        assert "Replayed of 12: none; 12 failed." in all_refused
    found = await _disagreements(scene)
    assert len([line for line in found if line.startswith("dead letter: Kafka has a record")]) == 2 * 24
    assert len([line for line in found if line.startswith("record: Kafka has a record")]) == 24
    assert len(found) == 3 * 24, found


async def test_a_fact_that_a_service_failed_on_is_replayed_once_it_can_be_handled(scene: Scene) -> None:
    system = scene.system
    (person,) = people(1)
    await scene.open(capacity=1)
    await scene.apply(person)
    await scene.settle()
    registration_id = (await scene.registrations())[person.address]["id"]
    await scene.advance_to(day=0, hour=10)
    async with _broken(system, "notifications", "attendance"):
        await scene.organiser.check_in(registration_id, "day-1")
        await scene.settle()
    listed = await _atelier(system, "notifications", "list")
    (number,) = _numbers(listed)
    assert "registration.attendance_recorded.v1" in listed
    assert uuid.UUID(registration_id) not in {who for who, _ in (await scene.world()).notifications.attendance}

    shown = await _atelier(system, "notifications", "show", str(number))
    assert registration_id in shown
    assert "There are none" in await _atelier(system, "notifications", "replay", "--topic", "participants", "--dry-run")
    rehearsed = await _atelier(system, "notifications", "replay", "--key", registration_id, "--from", "2000-01-01", "--dry-run")
    assert f"Dead letter {number}: would be handled.\n  attendance: 1 inserted\n  inbox: 1 inserted\n" in rehearsed
    assert _numbers(await _atelier(system, "notifications", "list")) == [number]
    replayed = await _atelier(system, "notifications", "replay", str(number))
    assert f"Dead letter {number}: handled" in replayed
    await scene.settle()
    await scene.assert_agreement()
    assert "There are none" in await _atelier(system, "notifications", "list")
    assert "replayed" in await _atelier(system, "notifications", "replay", str(number), status=1)


@asynccontextmanager
async def _broken(system: System, service: str, table: str) -> AsyncIterator[None]:
    """A service whose table has another name than its code says, as after half a deployment."""
    connection = await asyncpg.connect(system.environment(service)["ATELIER_DATABASE_URL"])
    try:
        await connection.execute(f'ALTER TABLE "{table}" RENAME TO away')
        try:
            yield
        finally:
            await connection.execute(f'ALTER TABLE away RENAME TO "{table}"')
    finally:
        await connection.close()


async def _atelier(system: System, service: str, command: str, *arguments: str, status: int = 0) -> str:
    """What `atelier dead-letters` prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.command_line.main",
        "dead-letters",
        command,
        service,
        *arguments,
        env=system.environment(service),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == status, printed.decode()
    return printed.decode()


def _numbers(listed: str) -> list[int]:
    return [int(number) for number in re.findall(r"^(\d+)  ", listed, flags=re.MULTILINE)]


async def _disagreements(scene: Scene) -> list[str]:
    """What `atelier reconcile` prints, check by check."""
    environment = scene.system.environment("registration")
    for service in ("registration", "notifications", "certificates"):
        environment[f"ATELIER_{service.upper()}_DATABASE_URL"] = scene.system.environment(service)["ATELIER_DATABASE_URL"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.command_line.main",
        "reconcile",
        "--json",
        env=environment | {"ATELIER_MAILBOX_URL": scene.system.front_door},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 1
    return [f"{one['check']}: {one['one_side']} / {one['other_side']}" for one in json.loads(printed)]
