"""Erasure is terminal: no name anywhere, the bare id and the token stay, whatever comes afterwards is ignored."""

import asyncio
import base64
from typing import Any
from uuid import uuid4

import pytest

from services.certificates.storage.receipts import Fact
from services.certificates.storage.registrations import find_erased, lock_registration, save_participants
from services.certificates.use_cases.forget_participant import forget_participant
from services.certificates.use_cases.record_participants import record_participants
from shared.contracts.catalogue import decode
from shared.contracts.certificates import CertificateIssued, CertificateRevoked, CertificatesActed
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS, WORKSHOP_EVENTS, WORKSHOPS
from tests.component.certificates.story import NOW, WORKSHOP, Service, Story
from tests.waiting import eventually

NAME = "Гоар Ђаковић"


def traces_of(name: str, rows: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Where the name still stands, in clear, escaped or encoded, in text or in bytes."""
    raw = name.encode()
    needles = [raw, base64.b64encode(raw)[:-4], name.encode("unicode_escape"), raw.hex().encode(), name.rsplit(maxsplit=1)[-1].encode()]
    found = []
    for table, content in rows.items():
        for row in content:
            for column, value in row.items():
                stored = value if isinstance(value, bytes) else repr(value).encode()
                found += [f"{table}.{column}" for needle in needles if needle in stored]
    return found


async def test_erasure_leaves_no_name_and_keeps_what_the_verification_page_needs(service: Service, story: Story) -> None:
    goar = story.person(1, NAME, attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    assert traces_of(NAME, await service.rows())
    [before] = await service.certificates()

    story.erased(goar)
    await service.read_all(story)
    await service.work()

    assert traces_of(NAME, await service.rows()) == []
    assert await service.pool.fetchval("SELECT count(*) FROM documents") == 0
    [after] = await service.certificates()
    assert (after["state"], after["revocation_reason"], after["erased"]) == ("revoked", "erased", True)
    assert (after["verification_token"], after["serial"]) == (before["verification_token"], before["serial"])
    told = [event for event in await service.published() if isinstance(event, CertificateIssued | CertificateRevoked)]
    assert [type(event) for event in told] == [CertificateIssued, CertificateRevoked]
    [receipt] = [e for e in await service.published() if isinstance(e, CertificatesActed) and e.fact_type == "registration.erased.v1"]
    assert receipt.effects == {"certificates_revoked": 1, "documents_deleted": 1}


@pytest.mark.parametrize("inbox", ["kept", "emptied"])
async def test_what_comes_for_an_erased_id_is_ignored(service: Service, story: Story, inbox: str) -> None:
    story.erased(story.person(1, NAME, attended=("day-1", "day-2")))
    story.completed()
    for topic in (REGISTRATIONS, PARTICIPANTS, WORKSHOPS, WORKSHOP_EVENTS):
        await service.read(topic, story.records[topic])
    if inbox == "emptied":
        await service.pool.execute("DELETE FROM inbox")
    await service.read_all(story)
    await service.work()
    assert traces_of(NAME, await service.rows()) == []
    assert await service.certificates() == []


async def test_a_participants_record_that_is_read_while_the_erasure_commits_is_not_kept(service: Service, story: Story) -> None:
    """The record's transaction begins before the erasure commits, and writes after."""
    goar = story.person(1, NAME)
    fact = Fact(uuid4(), "registration.erased.v1", WORKSHOP, goar)
    await service.read_all(story)
    story.named(goar, f"{NAME} II")
    _, participant = decode(story.records[PARTICIPANTS][-1].value)
    assert isinstance(participant, ParticipantRecorded)

    async with service.pool.acquire() as reading, service.pool.acquire() as erasing, reading.transaction():
        assert await find_erased(reading, [goar]) == set()
        async with erasing.transaction():
            await forget_participant(erasing, goar, fact, now=NOW)
            recording = asyncio.create_task(record_participants(reading, [participant]))
            await eventually(lambda: somebody_waits(service), what="the record's transaction to wait for the erasure")
        await recording
    assert traces_of(NAME, await service.rows()) == []


async def test_an_erasure_waits_for_the_record_that_is_being_written_and_then_deletes_it(service: Service, story: Story) -> None:
    goar = story.person(1, NAME)
    await service.read_all(story)
    fact = Fact(uuid4(), "registration.erased.v1", WORKSHOP, goar)
    story.named(goar, f"{NAME} II")
    _, participant = decode(story.records[PARTICIPANTS][-1].value)
    assert isinstance(participant, ParticipantRecorded)

    async def erase() -> None:
        async with service.pool.acquire() as erasing, erasing.transaction():
            await forget_participant(erasing, goar, fact, now=NOW)

    async with service.pool.acquire() as reading, reading.transaction():
        assert await lock_registration(reading, goar, WORKSHOP)
        erasure = asyncio.create_task(erase())
        await eventually(lambda: somebody_waits(service), what="the erasure to wait for the record's transaction")
        await save_participants(reading, [participant])
    await erasure
    assert traces_of(NAME, await service.rows()) == []


async def somebody_waits(service: Service) -> bool:
    return bool(
        await service.pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    )
