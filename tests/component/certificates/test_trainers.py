"""Trainers: their certificate is of another kind, and attendance does not decide about it."""

import io
import re
from uuid import UUID, uuid4

import httpx
import pypdf
import pytest

from services.certificates.web import trainers as web
from shared.contracts.certificate_template import Kind
from shared.contracts.certificates import CertificateIssued, CertificateRevoked
from tests.component.certificates.story import WORKSHOP, Service, Story, workshop_record
from tests.component.certificates.visits import issued, signed_in

ORIGIN = {"Origin": "https://atelier.example"}
PAGE = f"/certificates/workshops/{WORKSHOP}/trainers"


async def name(browser: httpx.AsyncClient, registration_id: UUID, *, trains: bool = True) -> int:
    fields = {"trains": "yes" if trains else "no"}
    return (await browser.post(f"{PAGE}/{registration_id}", data=fields, headers=signed_in() | ORIGIN)).status_code


async def states(service: Service) -> list[tuple[int, str, str]]:
    return [(row["edition"], row["state"], row["kind"]) for row in await service.certificates()]


async def text_of(service: Service, registration_id: UUID, edition: int) -> str:
    pdf = await service.pool.fetchval("SELECT pdf FROM documents WHERE registration_id = $1 AND edition = $2", registration_id, edition)
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


async def test_a_trainer_gets_one_whatever_they_attended(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    trainer = story.person(1, "Тара Тренер")
    await service.read_all(story)
    found = await browser.get(PAGE, params={"name": "тара"}, headers=signed_in())
    assert str(trainer) in found.text
    assert await name(browser, trainer) == 303
    await service.work()
    assert await states(service) == []
    story.completed()
    await service.read_all(story)
    await service.work()
    assert await states(service) == [(1, "issued", "trainer")]
    text = await text_of(service, trainer, 1)
    assert "Trainer’s certificate" in text
    assert "taught as a trainer at" in text
    assert "Attended" not in text
    [told] = [event for event in await service.published() if isinstance(event, CertificateIssued)]
    assert told.kind is Kind.TRAINER
    [certificate] = await service.certificates()
    public = f"/verify/{certificate['verification_token']}"
    facts = (await browser.get(public, headers={"Accept": "application/json"})).json()
    assert facts["kind"] == "trainer"
    assert "sessions_attended" not in facts
    page = await browser.get(public)
    assert "Taught at" in page.text
    assert "Attended" not in page.text
    story.attendance(trainer, "day-3", present=True)
    await service.read_all(story)
    await service.work()
    assert await states(service) == [(1, "issued", "trainer")], "what it does not say does not replace it"
    listed = await browser.get(PAGE, headers=signed_in())
    assert "Take off the list" in listed.text


async def test_a_participant_s_certificate_is_replaced_and_back(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    assert await name(browser, certificate["registration_id"]) == 303
    await service.work()
    assert await states(service) == [(1, "superseded", "participation"), (2, "issued", "trainer")]
    assert await name(browser, certificate["registration_id"], trains=False) == 303
    await service.work()
    assert await states(service) == [
        (1, "superseded", "participation"),
        (2, "superseded", "trainer"),
        (3, "issued", "participation"),
    ]


async def test_who_is_no_trainer_and_was_not_there_has_none(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    trainer = story.person(1, "Тара Тренер")
    story.completed()
    await service.read_all(story)
    assert await name(browser, trainer) == 303
    await service.work()
    assert await name(browser, trainer, trains=False) == 303
    await service.work()
    assert await states(service) == [(1, "revoked", "trainer")]
    [told] = [event for event in await service.published() if isinstance(event, CertificateRevoked)]
    assert told.reason == "no_trainer"
    [certificate] = await service.certificates()
    page = await browser.get(f"/verify/{certificate['verification_token']}")
    assert "corrected who taught" in page.text
    assert await name(browser, trainer) == 303
    await service.work()
    assert await states(service) == [(1, "revoked", "trainer"), (2, "issued", "trainer")]


async def test_a_detour_by_the_list_of_trainers_replaces_no_approval(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    story.workshop(workshop_record(version=2, certificate={"minimum_sessions": 2, "needs_approval": True}))
    trainer = story.person(1, "Тара Тренер", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    assert await name(browser, trainer) == 303
    await service.work()
    assert await states(service) == [(1, "issued", "trainer")]
    assert await name(browser, trainer, trains=False) == 303
    await service.work()
    assert await states(service) == [(1, "revoked", "trainer")]
    waiting = await browser.get(f"/certificates/workshops/{WORKSHOP}/approve", headers=signed_in())
    assert str(trainer) in waiting.text


async def test_erasure_forgets_that_somebody_taught(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    trainer = story.person(1, "Тара Тренер")
    story.completed()
    await service.read_all(story)
    assert await name(browser, trainer) == 303
    await service.work()
    story.erased(trainer)
    await service.read_all(story)
    await service.work()
    assert await service.pool.fetchval("SELECT count(*) FROM trainers") == 0
    assert await states(service) == [(1, "revoked", "participation")]


async def test_each_command_says_what_it_will_do(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    person = f"{PAGE}/{certificate['registration_id']}"
    naming = await browser.get(person, headers=signed_in())
    assert "is replaced by a trainer" in naming.text
    assert await name(browser, certificate["registration_id"]) == 303
    taking_off = await browser.get(person, headers=signed_in())
    assert "off the list of trainers?" in taking_off.text
    assert (await browser.get(person)).status_code == 303


async def test_they_are_listed_a_page_at_a_time_as_they_were_named(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_MOST", 2)
    people = [story.person(number, f"Тара {number}") for number in range(1, 6)]
    await service.read_all(story)
    for person in people:
        assert await name(browser, person) == 303
    address, seen = PAGE, []
    while address:
        page = (await browser.get(address, headers=signed_in())).text
        seen.append([UUID(found) for found in re.findall(rf'href="{PAGE}/([^"]+)"', page)])
        address = next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), "")
    assert sorted(person for page in seen for person in page) == sorted(people)
    assert [len(page) for page in seen] == [2, 2, 1]
    assert "Nobody else has been named" in (await browser.get(PAGE, params={"after": str(seen[-1][-1])}, headers=signed_in())).text
    assert await name(browser, seen[0][-1], trains=False) == 303
    begun = (await browser.get(PAGE, params={"after": str(seen[0][-1])}, headers=signed_in())).text
    assert str(seen[0][0]) in begun, "from the beginning: the place is gone"


async def test_nobody_else_can_be_named(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    trainer = story.person(1, "Тара Тренер")
    await service.read_all(story)
    assert await name(browser, uuid4()) == 404
    assert (await browser.get(PAGE, params={"name": "\0"}, headers=signed_in())).status_code == 200
    elsewhere = PAGE.replace("4111-8111", "4111-8112")
    fields = {"trains": "yes"}
    assert (await browser.post(f"{elsewhere}/{trainer}", data=fields, headers=signed_in() | ORIGIN)).status_code == 404
    assert (await browser.post(f"{PAGE}/{trainer}", data=fields, headers=ORIGIN)).status_code == 303
    assert (await browser.get(f"{PAGE}/{uuid4()}", headers=signed_in())).status_code == 404
    assert (await browser.post(f"{PAGE}/nonsense", data=fields, headers=signed_in() | ORIGIN)).status_code == 422
    assert await service.pool.fetchval("SELECT count(*) FROM trainers") == 0
