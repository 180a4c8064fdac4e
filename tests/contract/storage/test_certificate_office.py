"""What organisers and holders decide of certificates, whoever keeps the rows: templates, trainers, all again, and what is shared."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.certificates.storage import certificates, issuing_again, registrations, rendering, shares, templates, trainers, workshops
from services.certificates.storage.templates import Saved
from shared.contracts.certificate_template import CertificateTemplate, Kind
from tests.contract.storage.stores import Store
from tests.contract.storage.test_certificates import RECORD, WORKSHOP_ID, claim, earn, issue, person, settle
from tests.unit.notifications.samples import NOW


@pytest.fixture
async def store(new_store: Callable[[str], Awaitable[Store]]) -> Store:
    return await new_store("certificates")


@pytest.fixture
async def one(store: Store) -> Any:
    connection = await store.connect()
    assert await workshops.save_record(connection, RECORD)
    return connection


@pytest.fixture
async def other(store: Store) -> Any:
    return await store.connect()


async def test_the_newest_template_stays_and_is_printed(one: Any) -> None:
    registration_id = await person(one)
    await earn(one, registration_id)
    [held_back] = await claim(one)
    await rendering.note_error(one, held_back, error="no room", retry_after=3600)
    assert await templates.read_templates(one, [WORKSHOP_ID]) == {}
    portrait = CertificateTemplate(orientation="portrait")
    assert await templates.keep_template(one, WORKSHOP_ID, Saved(1, CertificateTemplate()))
    assert await templates.keep_template(one, WORKSHOP_ID, Saved(2, portrait))
    for version in (2, 4):
        assert not await templates.keep_template(one, WORKSHOP_ID, Saved(version, CertificateTemplate()))
    assert not await templates.keep_template(one, uuid4(), Saved(2, portrait))
    assert await templates.read_templates(one, [WORKSHOP_ID]) == {WORKSHOP_ID: Saved(2, portrait)}
    [commission] = await claim(one)
    assert commission.printed.template == portrait


async def test_a_trainer_is_known_as_one_and_looked_at_anew(one: Any) -> None:
    registration_id = await person(one)
    await earn(one, registration_id)
    assert [found.standing.trainer for found in await settle(one)] == [False]
    for _ in range(2):
        await trainers.add(one, registration_id, WORKSHOP_ID, organiser="Olga", at=NOW)
    assert [found.standing.trainer for found in await settle(one)] == [True]
    [commission] = await claim(one)
    assert commission.printed.trainer
    assert await issue(one, commission, kind=Kind.TRAINER)
    assert (await certificates.lock_live(one, [registration_id]))[registration_id].trainer
    await trainers.remove(one, registration_id)
    assert [found.standing.trainer for found in await settle(one)] == [False]


async def test_all_are_issued_again_by_one_worker_at_a_time(one: Any, other: Any) -> None:
    people = [await person(one) for _ in range(3)]
    for minutes, registration_id in enumerate(people):
        await earn(one, registration_id)
        [commission] = await claim(one)
        assert await issue(one, commission, at=NOW + timedelta(minutes=minutes))
    assert await issuing_again.lock_asked(one, most=2) is None
    assert await issuing_again.ask(one, WORKSHOP_ID, before=NOW + timedelta(minutes=2))
    assert not await issuing_again.ask(one, WORKSHOP_ID, before=NOW + timedelta(minutes=9))
    await earn(one, await person(one))
    async with one.transaction():
        assert await issuing_again.lock_asked(one, most=1) is None, "one is in work"
        asked = await issuing_again.lock_asked(one, most=2)
        assert asked == issuing_again.Asked(WORKSHOP_ID, NOW + timedelta(minutes=2))
        assert await issuing_again.lock_asked(other, most=2) is None
        assert await issuing_again.find_portion(one, asked, limit=1) == people[:1]
        assert await issuing_again.find_portion(one, asked, limit=9) == people[:2]
        await issuing_again.finish(one, asked.workshop_id)
    assert await issuing_again.lock_asked(other, most=2) is None


async def test_a_run_that_goes_wrong_takes_no_more_away(one: Any) -> None:
    for state in ("valid", "successor"):
        await earn(one, await person(one))
        [commission] = await claim(one)
        if state == "valid":
            assert await issue(one, commission, at=NOW - timedelta(minutes=1))
    await rendering.note_error(one, commission, error="no room", retry_after=3600)
    assert await issuing_again.ask(one, WORKSHOP_ID, before=NOW)
    async with one.transaction():
        assert await issuing_again.lock_asked(one, most=1) is None, "it was earned at the moment that was asked for, and failed"
    async with one.transaction():
        await issuing_again.finish(one, WORKSHOP_ID)
        assert await issuing_again.ask(one, WORKSHOP_ID, before=NOW + timedelta(minutes=1))
        assert await issuing_again.lock_asked(one, most=1) is not None, "what failed before does not count"


async def test_what_is_shared_is_what_the_latest_fact_says(one: Any) -> None:
    registration_id, other = await person(one), await person(one)
    await shares.save_token(one, other, "other", sequence=1)
    await shares.save_token(one, registration_id, "first", sequence=2)
    assert await shares.find_share(one, "first") == shares.Share(None)
    await shares.save_token(one, registration_id, None, sequence=3)
    await shares.save_token(one, registration_id, "first", sequence=2)
    assert await shares.find_share(one, "first") is None
    await shares.save_token(one, registration_id, "second", sequence=4)
    await earn(one, registration_id)
    assert await shares.find_share(one, "second") == shares.Share(None, in_the_making=True)
    [commission] = await claim(one)
    assert await issue(one, commission)
    found = await shares.find_share(one, "second")
    assert found is not None
    assert found.certificate is not None
    assert found.certificate.workshop.workshop_id == WORKSHOP_ID
    assert await shares.find_share(one, "other") == shares.Share(None)
    await registrations.erase(one, other)
    assert await shares.find_share(one, "other") is None
    assert await shares.find_share(one, "second") == found
