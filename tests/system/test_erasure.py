"""Erasure on servers of this test's own, since it looks into Kafka's files and needs a broker that is otherwise idle."""

import json
import tempfile
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from deploy.demo.inbox import Inbox
from deploy.demo.organiser import Organiser
from deploy.demo.people import Applicant
from deploy.demo.perform import make_token
from deploy.demo.visitor import PageError, Visitor
from deploy.embedded.system import System
from tests.system.scene import Scene, people
from tests.system.traces import in_databases, in_files
from tests.waiting import eventually

BOUND_SECONDS = 16


@pytest.fixture
async def own_scene(tmp_path: Path) -> AsyncIterator[Scene]:
    # Not under pytest's own folder: PostgreSQL may run as another user, who could not pass through it.
    with tempfile.TemporaryDirectory(prefix="atelier-test-erasure-", ignore_cleanup_errors=True) as directory:
        async for scene in _scene(Path(directory) / "system", tmp_path):
            yield scene


async def _scene(directory: Path, output: Path) -> AsyncIterator[Scene]:
    async with (
        System(directory, test_clock=True, durable=False, erasure_bound_seconds=BOUND_SECONDS) as system,
        Organiser(system.front_door, await make_token(system)) as organiser,
        Inbox(system.front_door) as inbox,
    ):
        yield Scene(system, organiser, inbox, output)


async def test_an_erased_person_is_nowhere_within_the_bound(own_scene: Scene) -> None:
    scene, system = own_scene, own_scene.system
    person, other = people(2)
    person = replace(person, given_name="Ѓорѓина", family_name="Đurđević Ünïqüe", certificate_name="Ѓорѓина Đurđević Ünïqüe")
    words = [person.given_name, person.family_name, person.certificate_name, person.address, person.address.split("@")[0]]
    await scene.open(capacity=2)
    for one in (person, other):
        await scene.apply(one)
    await scene.check_in([person, other], days=2)
    await scene.advance_to(day=2, hour=18)
    await scene.organiser.command(scene.workshop_id, "complete")
    await scene.settle()
    registration_id = uuid.UUID((await scene.registrations())[person.address]["id"])
    await _put_unreadable_record(system, registration_id, person)
    verification = await _verification_page(scene, person)

    # If it were not found before, not finding it afterwards would mean nothing.
    before = await in_databases(system, words)
    for service in ("registration", "notifications", "certificates"):
        assert any(place.startswith(f"{service}.") for place in before), before
    assert any(".dead_letters." in place for place in before), before
    assert in_files(system.directory, "kafka/data/**/*.log", words)

    await scene.press(person, "/erase")
    await scene.settle()
    left = await in_databases(system, words)
    assert left == [], left
    await eventually(
        lambda: not in_files(system.directory, "kafka/data/**/*", words),
        within=BOUND_SECONDS,
        what=f"nothing of the person in Kafka's files, which hold {in_files(system.directory, 'kafka/data/**/*', words)}",
    )
    assert in_files(system.directory, "**/*.log", words) == []
    assert in_files(system.directory, "kafka/data/**/*.log", [other.address]), "the other person was lost too"
    async with Visitor(system.front_door, "en") as stranger:
        try:
            answer = (await stranger.read(verification)).words
        except PageError as error:
            answer = str(error)
    assert person.certificate_name not in answer
    erased = [row async for row in scene.organiser.registrations(scene.workshop_id, state="erased")]
    assert [row["id"] for row in erased] == [str(registration_id)]


async def _put_unreadable_record(system: System, registration_id: uuid.UUID, person: Applicant) -> None:
    """A record under the person's key that no service can decode: it becomes a dead letter with the person's words in it."""
    value = json.dumps({"type": "participant.recorded.v1", "data": {"address": person.address, "given_name": person.given_name}}).encode()
    producer = AIOKafkaProducer(bootstrap_servers=system.kafka)
    await producer.start()
    try:
        await producer.send_and_wait("participants", value=value, key=str(registration_id).encode())
    finally:
        await producer.stop()
    await system.clock.settle()


async def _verification_page(scene: Scene, person: Applicant) -> str:
    (mail,) = await scene.inbox.entries(address=person.address, purpose="certificate")
    return next(link for link in await scene.inbox.links(mail["number"]) if "/verify/" in link)
