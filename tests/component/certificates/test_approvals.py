"""Where the rule asks for it, organisers approve certificates: some, those on a page, or all."""

import re
from uuid import UUID

import httpx
import pytest

from services.certificates.storage import approvals
from services.certificates.use_cases import approve_next_portion
from services.certificates.web import approvals as web
from tests.component.certificates.story import WORKSHOP, Service, Story, workshop_record
from tests.component.certificates.visits import ORIGIN, PAGE, issued, post, signed_in, states


async def test_where_the_rule_asks_for_it_nobody_gets_one_unapproved(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    story.workshop(workshop_record(version=2, certificate={"minimum_sessions": 2, "needs_approval": True}))
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    ben = story.person(2, "Ben Ruso", attended=("day-1", "day-3"))
    seldom = story.person(3, "Cem Seldom", attended=("day-1",))
    story.completed()
    await service.read_all(story)
    await service.work()
    assert await states(service) == []
    page = await browser.get(f"{PAGE}/approve", headers=signed_in())
    assert "2 people met the rest of the rule" in page.text
    assert ("Ana Kovač" in page.text, "Cem Seldom" in page.text) == (True, False)
    assert (await post(browser, "approve")).status_code == 422
    answer = await browser.post(f"{PAGE}/approve", data={"chosen": [str(ana), str(seldom), "x"]}, headers=signed_in() | ORIGIN)
    assert answer.status_code == 303
    await service.work()
    assert [(row["registration_id"], row["state"]) for row in await service.certificates()] == [(ana, "issued")]
    page = await browser.get(f"{PAGE}/approve", headers=signed_in())
    assert ("Ben Ruso" in page.text, "Ana Kovač" in page.text) == (True, False)
    story.named(ana, "Ana Kovač-Marić")
    await service.read_all(story)
    await service.work()
    assert [row["state"] for row in await service.certificates()] == ["superseded", "issued"], "it stays approved"
    assert ben


async def waiting(service: Service, story: Story, count: int) -> list[UUID]:
    """As many who wait for approval, in the order of their names, and between them some who have not met the rest of the rule."""
    story.workshop(workshop_record(version=2, certificate={"minimum_sessions": 2, "needs_approval": True}))
    people = [story.person(number, f"Ana {number:03}", attended=("day-1", "day-2")) for number in range(1, count + 1)]
    for number in range(1, count + 1):
        story.person(count + number, f"Ana {number:03}a", attended=("day-1",))
    story.completed()
    await service.read_all(story)
    await service.work()
    return people


async def approved(service: Service) -> set[UUID]:
    return {row["registration_id"] for row in await service.certificates() if row["state"] == "issued"}


async def test_those_who_wait_are_shown_a_page_at_a_time(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_PAGE", 2)
    monkeypatch.setattr(approvals, "PORTION", 3)
    people = await waiting(service, story, 5)
    address, seen = f"{PAGE}/approve", []
    while address:
        page = (await browser.get(address, headers=signed_in())).text
        seen.append([UUID(found) for found in re.findall(r'type="checkbox" [^>]*value="([^"]+)"', page)])
        address = next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), "")
    assert seen == [people[:2], people[2:4], people[4:]]


async def test_who_chooses_on_a_page_stays_there(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_PAGE", 2)
    people = await waiting(service, story, 5)
    second = f"{PAGE}/approve?after={people[1]}"
    fields = {"chosen": [str(people[2])], "paged": "yes"}
    answer = await browser.post(second, data=fields, headers=signed_in() | ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, second)
    await service.work()
    assert await approved(service) == {people[2]}
    page = (await browser.get(second, headers=signed_in())).text
    assert [str(person) in page for person in people[2:]] == [False, True, True]
    nobody = await browser.post(second, data={"paged": "yes"}, headers=signed_in() | ORIGIN)
    assert (nobody.status_code, str(people[3]) in nobody.text) == (422, True)


async def test_all_who_wait_are_approved_on_whatever_page(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_PAGE", 2)
    monkeypatch.setattr(approve_next_portion, "PORTION", 2)
    people = await waiting(service, story, 5)
    asked = await browser.get(f"{PAGE}/approve/all", headers=signed_in())
    assert "on every page of the list" in asked.text
    answer = await browser.post(f"{PAGE}/approve/all", headers=signed_in() | ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    await service.work()
    assert await approved(service) == set(people)
    assert "Nobody waits for approval" in (await browser.get(f"{PAGE}/approve", headers=signed_in())).text
    assert "Nobody else waits" in (await browser.get(f"{PAGE}/approve?after={people[4]}", headers=signed_in())).text
    noted = await service.pool.fetch("SELECT registration_id FROM audit_log WHERE action = 'certificate.approve'")
    assert {row["registration_id"] for row in noted} == set(people)


async def test_a_workshop_whose_rule_asks_for_none_has_no_such_page(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await issued(service, story)
    for path in ("approve", "approve/all"):
        assert (await browser.get(f"{PAGE}/{path}", headers=signed_in())).status_code == 404
        assert (await browser.post(f"{PAGE}/{path}", data={"chosen": str(WORKSHOP)}, headers=signed_in() | ORIGIN)).status_code == 404
