"""Certificates from what this service has told of them: the same serials, states and times, also where it had not told everything."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import ConsumerRecord

from services.certificates.document.pool import RenderingPool
from services.certificates.rebuilding import create_recipe
from services.certificates.storage.audit_log import Organiser
from services.certificates.storage.documents import WithoutDocument
from services.certificates.storage.rebuilding import REBUILT
from services.certificates.use_cases.approve_certificates import approve_certificates
from services.certificates.use_cases.name_trainer import name_trainer
from services.certificates.use_cases.save_template import save_template
from shared.contracts.certificate_template import CertificateTemplate
from shared.contracts.certificates import CertificateRevoked
from shared.contracts.topics import CERTIFICATES
from shared.runtime.rebuild import Rebuilding
from tests.component.certificates.story import WORKSHOP, Service, Story, serving, workshop_record
from tests.component.runtime.parts import raw_record
from tests.conftest import NewDatabase


@pytest.fixture
async def rebuilt(database: NewDatabase, keys: Path, renderer: RenderingPool) -> AsyncIterator[Service]:
    """The same service on an empty database."""
    async with serving(await database("certificates"), keys, renderer) as made:
        yield made


async def rebuild(rebuilt: Service, story: Story, own: Sequence[ConsumerRecord], pdfs: dict[str, bytes]) -> list[WithoutDocument]:
    """Returns the certificates without a document; `pdfs` by SHA-256."""
    lacking: list[WithoutDocument] = []
    recipe = create_recipe(lambda _serial, sha256: pdfs.get(sha256), lacking=lacking.append)
    async with rebuilt.pool.acquire() as connection:
        rebuilding = Rebuilding(connection, recipe, clock=rebuilt.clock)
        await rebuilding.begin()
        for topic in recipe.order:
            await rebuilding.hear(topic, story.records[topic])
        await rebuilding.hear(recipe.own, own)
        await rebuilding.end()
    return lacking


async def told_by(lost: Service) -> list[ConsumerRecord]:
    rows = await lost.pool.fetch("SELECT key, payload FROM outbox ORDER BY id")
    return [raw_record(str(row["key"]).encode(), row["payload"], topic=CERTIFICATES) for row in rows]


async def documents_of(lost: Service) -> dict[str, bytes]:
    rows = await lost.pool.fetch("SELECT encode(sha256(pdf), 'hex') AS sha256, pdf FROM documents")
    return {row["sha256"]: row["pdf"] for row in rows}


async def assert_same(lost: Service, rebuilt: Service) -> None:
    for table, query in REBUILT.items():
        before, after = [sorted(map(repr, await one.pool.fetch(query))) for one in (lost, rebuilt)]
        assert after == before, table


async def a_life(service: Service, story: Story) -> None:
    """Issued, replaced, revoked, given again and erased, and revoked before a successor was there; shared, taken back and shared anew."""
    everybody = [story.person(number, f"Person {number}", attended=["day-1", "day-2"]) for number in range(1, 7)]
    valid, replaced, revoked, again, erased, without_successor = everybody
    story.completed()
    await service.read_all(story)
    await service.work()
    heard = {topic: len(records) for topic, records in story.records.items()}
    for number, registration_id in enumerate(everybody):
        story.shared(registration_id, f"the-first-token-of-{number}-xxx")
    for registration_id in (replaced, revoked, without_successor):
        story.sharing_ended(registration_id)
    story.shared(replaced, "the-second-token-of-1-xx")
    story.attendance(replaced, "day-3", present=True)
    story.attendance(revoked, "day-1", present=False)
    story.attendance(again, "day-1", present=False)
    story.named(without_successor, "Person Six")
    for topic, records in story.records.items():
        await service.read(topic, records[heard[topic] :])
    heard = {topic: len(records) for topic, records in story.records.items()}
    await service.apply_rule()
    story.attendance(without_successor, "day-1", present=False)
    for topic, records in story.records.items():
        await service.read(topic, records[heard[topic] :])
    await service.work()
    heard = {topic: len(records) for topic, records in story.records.items()}
    by, now = Organiser(uuid4(), "Olga Organiser"), service.clock.now()
    async with service.pool.acquire() as connection, connection.transaction():
        await save_template(connection, WORKSHOP, CertificateTemplate(), seen=0, by=by, now=now)
        await save_template(connection, WORKSHOP, CertificateTemplate(orientation="portrait"), seen=1, by=by, now=now)
        await name_trainer(connection, WORKSHOP, valid, trains=True, by=by, now=now)
    story.attendance(again, "day-1", present=True)
    story.erased(erased)
    for topic, records in story.records.items():
        await service.read(topic, records[heard[topic] :])
    await service.work()


async def test_everything_that_was_told_comes_back_and_nothing_is_told_again(service: Service, rebuilt: Service, story: Story) -> None:
    await a_life(service, story)
    assert {row["state"] for row in await service.certificates()} == {"issued", "superseded", "revoked"}
    assert await rebuild(rebuilt, story, await told_by(service), await documents_of(service)) == []
    await assert_same(service, rebuilt)
    shares = await rebuilt.pool.fetch("SELECT share_token FROM certificate_shares ORDER BY share_token NULLS LAST")
    assert [share["share_token"] for share in shares] == [
        *("the-first-token-of-0-xxx", "the-first-token-of-3-xxx", "the-second-token-of-1-xx"),
        *(None, None),
    ]
    assert await rebuilt.published() == []
    await rebuilt.work()  # the worker finds nothing to decide, to render or to answer
    await assert_same(service, rebuilt)
    assert await rebuilt.published() == []


async def test_who_was_approved_and_who_teaches_is_known_again_without_any_certificate(
    service: Service, rebuilt: Service, story: Story
) -> None:
    story.workshop(workshop_record(version=2, certificate={"minimum_sessions": 2, "needs_approval": True}))
    people = [story.person(number, f"Person {number}", attended=["day-1", "day-2"]) for number in range(1, 6)]
    approved, trainer, no_trainer, erased, nobody = people
    story.completed()
    await service.read_all(story)
    await service.work()
    by, now = Organiser(uuid4(), "Olga Organiser"), service.clock.now()
    record = workshop_record(certificate={"minimum_sessions": 2, "needs_approval": True})
    async with service.pool.acquire() as connection, connection.transaction():
        assert await approve_certificates(connection, record, [approved, erased], by=by, now=now) == 2
        for person, trains in ((trainer, True), (no_trainer, True), (no_trainer, False), (erased, True)):
            await name_trainer(connection, WORKSHOP, person, trains=trains, by=by, now=now)
    story.erased(erased)
    for topic, records in story.records.items():
        await service.read(topic, records)
    await rebuild(rebuilt, story, await told_by(service), {})
    await assert_same(service, rebuilt)
    assert await rebuilt.pool.fetch("SELECT registration_id FROM approvals") == [(approved,)]
    assert await rebuilt.pool.fetch("SELECT registration_id FROM trainers") == [(trainer,)]
    await rebuilt.work()
    assert {row["registration_id"] for row in await rebuilt.certificates()} == {approved, trainer}
    assert nobody not in {row["registration_id"] for row in await rebuilt.certificates()}


async def test_a_missing_document_is_named_and_not_rendered_anew(service: Service, rebuilt: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=["day-1", "day-2"])
    story.completed()
    await service.read_all(story)
    await service.work()
    [certificate] = await service.certificates()
    [lacking] = await rebuild(rebuilt, story, await told_by(service), {})
    assert (lacking.serial, lacking.sha256) == (certificate["serial"], certificate["sha256"])
    await rebuilt.work()
    assert [row["serial"] for row in await rebuilt.certificates()] == [certificate["serial"]]
    assert await rebuilt.pool.fetchval("SELECT count(*) FROM documents") == 0


async def test_a_successor_that_was_named_and_not_issued_keeps_its_serial(service: Service, rebuilt: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=["day-1", "day-2"])
    story.completed()
    await service.read_all(story)
    await service.work()
    heard = {topic: len(records) for topic, records in story.records.items()}
    story.attendance(ana, "day-3", present=True)
    for topic, records in story.records.items():
        await service.read(topic, records[heard[topic] :])
    await service.apply_rule()
    [first, second] = await service.certificates()
    assert second["state"] == "eligible"
    await rebuild(rebuilt, story, await told_by(service), await documents_of(service))
    await rebuilt.work()
    found = {row["edition"]: row for row in await rebuilt.certificates()}
    assert found[1]["superseded_by"] == first["superseded_by"] == second["serial"] == found[2]["serial"]
    assert found[2]["state"] == "issued"


async def test_an_erasure_that_is_news_revokes_what_was_to_be_replaced(service: Service, rebuilt: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=["day-1", "day-2"])
    story.completed()
    await service.read_all(story)
    await service.work()
    story.attendance(ana, "day-3", present=True)
    await service.read_all(story)
    await service.apply_rule()
    [first, second] = await service.certificates()
    assert (first["state"], second["state"]) == ("superseded", "eligible")
    story.erased(ana)
    await rebuild(rebuilt, story, await told_by(service), await documents_of(service))
    [only] = await rebuilt.certificates()
    assert (only["serial"], only["state"], only["revocation_reason"]) == (first["serial"], "revoked", "erased")
    [told] = [event for event in await rebuilt.published() if isinstance(event, CertificateRevoked)]
    assert told.serial == first["serial"]


async def test_an_erasure_that_is_news_revokes_what_was_issued(service: Service, rebuilt: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=["day-1", "day-2"])
    story.completed()
    await service.read_all(story)
    await service.work()
    own, pdfs = await told_by(service), await documents_of(service)
    story.erased(ana)
    assert await rebuild(rebuilt, story, own, pdfs) == []
    [row] = await rebuilt.certificates()
    assert (row["state"], row["revocation_reason"], row["erased"], row["name"]) == ("revoked", "erased", True, None)
    assert await rebuilt.pool.fetchval("SELECT count(*) FROM documents") == 0
    assert "certificate.revoked.v1" in {event.type for event in await rebuilt.published()}


async def test_facts_from_before_they_told_more_are_completed_from_what_is_known_now(
    service: Service, rebuilt: Service, story: Story
) -> None:
    story.person(1, "Ana Kovač", attended=["day-1", "day-2"], language="fr")
    story.completed()
    await service.read_all(story)
    await service.work()
    await rebuild(rebuilt, story, [_as_before(record) for record in await told_by(service)], await documents_of(service))
    [lost], [found] = await service.certificates(), await rebuilt.certificates()
    for column in ("serial", "state", "name", "language", "attended", "issued_at", "sha256"):
        assert found[column] == lost[column], column
    assert found["eligible_at"] == lost["issued_at"]


def _as_before(record: ConsumerRecord) -> ConsumerRecord:
    envelope = json.loads(record.value)
    for added in ("eligible_at", "language", "attended", "kind"):
        envelope["data"].pop(added, None)
    return raw_record(record.key, json.dumps(envelope).encode(), topic=CERTIFICATES)
