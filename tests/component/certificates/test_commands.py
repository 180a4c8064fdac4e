"""What organisers may do to certificates: revoke, issue again, download, look at one beforehand."""

import asyncio
import html
import io
import zipfile
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.certificates.domain.certificate import CertificateState
from services.certificates.use_cases import replace_next_portion
from services.certificates.web import console
from shared.contracts.certificates import CertificateIssued, CertificateRevoked, CertificateSuperseded
from tests.component.certificates.story import Service, Story, workshop_record
from tests.component.certificates.visits import NAME, ORIGIN, PAGE, issued, post, signed_in, states

WHY = "It was handed to somebody else of the same name"


async def revoked(service: Service, story: Story, browser: httpx.AsyncClient, **fields: str) -> dict[str, Any]:
    certificate = await issued(service, story)
    answer = await post(browser, f"{certificate['serial']}/revoke", **{"note": WHY, **fields})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?serial={certificate['serial']}")
    await service.work()
    return certificate


async def test_a_revoked_certificate_stays_so_whatever_is_corrected(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await revoked(service, story, browser)
    [told] = [event for event in await service.published() if isinstance(event, CertificateRevoked)]
    assert (told.serial, told.reason) == (certificate["serial"], "organiser")
    story.named(certificate["registration_id"], "Another Name")
    story.attendance(certificate["registration_id"], "day-3", present=True)
    await service.read_all(story)
    await service.work()
    assert await states(service) == [(1, "revoked", "organiser")]
    listed = await browser.get(PAGE, headers=signed_in())
    assert WHY in listed.text
    assert "Olga Organiser" in listed.text


@pytest.mark.parametrize(("fields", "is_shown"), [({}, False), ({"public": "yes"}, True)])
async def test_the_public_sees_the_reason_only_where_it_may(
    service: Service, story: Story, browser: httpx.AsyncClient, fields: dict[str, str], *, is_shown: bool
) -> None:
    certificate = await revoked(service, story, browser, **fields)
    address = f"/verify/{certificate['verification_token']}"
    page, facts = await browser.get(address), (await browser.get(address, headers={"Accept": "application/json"})).json()
    assert "has been revoked" in page.text
    assert (WHY in page.text) == is_shown
    assert facts.get("note") == (WHY if is_shown else None)


async def test_it_can_be_issued_again_by_hand_alone(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await revoked(service, story, browser)
    answer = await post(browser, f"{certificate['serial']}/issue-again")
    assert answer.status_code == 303
    await service.work()
    assert await states(service) == [(1, "revoked", "organiser"), (2, "issued", None)]
    again = await post(browser, f"{certificate['serial']}/issue-again")
    assert again.status_code == 409
    assert "not the one that counts" in again.text
    assert await states(service) == [(1, "revoked", "organiser"), (2, "issued", None)]


async def test_whoever_has_not_earned_it_any_more_gets_none(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await revoked(service, story, browser)
    story.attendance(certificate["registration_id"], "day-2", present=False)
    await service.read_all(story)
    await service.work()
    answer = await post(browser, f"{certificate['serial']}/issue-again")
    assert answer.status_code == 409
    assert "does not meet the rule" in answer.text
    assert await states(service) == [(1, "revoked", "organiser")]


async def test_one_that_is_valid_is_replaced(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    answer = await post(browser, f"{certificate['serial']}/issue-again")
    assert answer.status_code == 303
    await service.work()
    old, new = await service.certificates()
    assert (old["state"], old["superseded_by"], new["state"]) == ("superseded", new["serial"], "issued")
    kinds = [type(event) for event in await service.published() if isinstance(event, CertificateIssued | CertificateSuperseded)]
    assert kinds == [CertificateIssued, CertificateSuperseded, CertificateIssued]


async def test_one_that_is_replaced_can_be_revoked_while_its_successor_cannot_be_set(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    certificate = await issued(service, story)
    story.named(certificate["registration_id"], "中村 Kenji")
    await service.read_all(story)
    await service.work()
    page = await browser.get(PAGE, headers=signed_in())
    assert f'href="{PAGE}/{certificate["serial"]}/revoke"' in page.text
    [_, successor] = await service.certificates()
    assert (await post(browser, f"{successor['serial']}/revoke", note=WHY)).status_code == 409
    assert (await post(browser, f"{certificate['serial']}/revoke", note=WHY)).status_code == 303
    assert await states(service) == [(1, "revoked", "organiser")]
    [event] = [event for event in await service.published() if isinstance(event, CertificateRevoked)]
    assert (event.serial, event.reason) == (certificate["serial"], "organiser")
    await service.read_all(story)
    await service.work()
    assert await states(service) == [(1, "revoked", "organiser")], "no other is given by itself"
    assert (await post(browser, f"{certificate['serial']}/revoke", note=WHY)).status_code == 409


@pytest.mark.parametrize(("note", "words"), [("", "Say why."), (" \n ", "Say why."), ("x" * 501, "500 letters or fewer")])
async def test_a_reason_is_asked_for(service: Service, story: Story, browser: httpx.AsyncClient, note: str, words: str) -> None:
    certificate = await issued(service, story)
    answer = await post(browser, f"{certificate['serial']}/revoke", note=note)
    assert answer.status_code == 422
    assert words in answer.text
    assert await states(service) == [(1, CertificateState.ISSUED, None)]


@pytest.mark.parametrize("command", ["revoke", "issue-again"])
async def test_each_command_says_what_it_will_do_and_only_to_organisers(
    service: Service, story: Story, browser: httpx.AsyncClient, command: str
) -> None:
    certificate = await issued(service, story)
    page = f"{PAGE}/{certificate['serial']}/{command}"
    shown = await browser.get(page, headers=signed_in())
    assert shown.status_code == 200
    assert "What this does" in shown.text
    assert NAME in shown.text
    assert (await browser.get(page)).status_code == 303
    assert (await browser.post(page, data={"note": WHY}, headers=ORIGIN)).status_code == 303
    assert (await browser.post(page, data={"note": WHY}, headers=signed_in() | {"Origin": "https://elsewhere.example"})).status_code == 403
    for serial in ("ATL-2023-0000-0000", "nonsense"):
        assert (await browser.get(f"{PAGE}/{serial}/{command}", headers=signed_in())).status_code == 404
    assert await states(service) == [(1, "issued", None)]


async def test_one_that_cannot_be_set_is_tried_again_when_asked(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    story.person(1, "中村 Kenji", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    [held] = await service.certificates()
    assert (held["state"], held["error"] is None) == ("eligible", False)
    page = await browser.get(PAGE, headers=signed_in())
    assert f'action="{PAGE}/{held["serial"]}/try-again"' in page.text
    assert "certificates.zip" not in page.text
    assert (await post(browser, f"{held['serial']}/try-again")).status_code == 303
    [waiting] = await service.certificates()
    assert (waiting["error"], waiting["retry_at"]) == (None, None)
    assert "being made" in (await browser.get(PAGE, headers=signed_in())).text
    await service.work()
    [again] = await service.certificates()
    assert again["error"] == held["error"], "it was tried"
    assert "had it tried again" in (await browser.get(PAGE, headers=signed_in())).text
    assert (await browser.post(f"{PAGE}/{held['serial']}/try-again", headers=ORIGIN)).headers["location"].startswith("/console/login")
    assert (await post(browser, "nonsense/try-again")).status_code == 404


async def test_what_was_issued_meanwhile_is_not_tried_again(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    before = await service.rows()
    assert (await post(browser, f"{certificate['serial']}/try-again")).status_code == 303
    assert await service.rows() == before
    assert "try-again" not in (await browser.get(PAGE, headers=signed_in())).text


async def test_what_concerns_all_is_offered_whatever_is_on_this_page_of_the_list(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "_PAGE", 1)
    story.person(2, "中村 Kenji", attended=("day-1", "day-2"))
    story.person(1, NAME, attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    page = await browser.get(PAGE, headers=signed_in())
    assert NAME not in page.text
    assert f"{PAGE}/certificates.zip" in page.text
    assert f"{PAGE}/issue-again" in page.text


async def test_erasure_deletes_what_organisers_said(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await revoked(service, story, browser, public="yes")
    story.erased(certificate["registration_id"])
    await service.read_all(story)
    await service.work()
    assert WHY not in repr(await service.rows())


async def test_all_are_issued_again_a_portion_at_a_time(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replace_next_portion, "PORTION", 2)
    for number in range(1, 6):
        story.person(number, f"Person {number}", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    asked = await browser.get(f"{PAGE}/issue-again", headers=signed_in())
    assert "Issue all 5 valid certificates again?" in asked.text
    assert (await browser.post(f"{PAGE}/issue-again", headers=signed_in() | ORIGIN)).status_code == 303
    twice = await browser.post(f"{PAGE}/issue-again", headers=signed_in() | ORIGIN)
    assert twice.status_code == 409
    assert "being done already" in twice.text
    assert await service.jobs["issue_again"].run()
    assert not await service.jobs["issue_again"].run(), "more before these are made"
    # What was done is done, whoever goes on with it
    assert sorted(await states(service)) == [(1, "issued", None)] * 3 + [(1, "superseded", None)] * 2 + [(2, "eligible", None)] * 2
    await service.work()
    assert sorted(await states(service)) == [(1, "superseded", None)] * 5 + [(2, "issued", None)] * 5
    assert not await service.jobs["issue_again"].run()
    superseded = [event for event in await service.published() if isinstance(event, CertificateSuperseded)]
    assert len({event.registration_id for event in superseded}) == len(superseded) == 5
    assert "had all issued again" in (await browser.get(PAGE, headers=signed_in())).text
    assert (await browser.post(f"{PAGE}/issue-again", headers=ORIGIN)).status_code == 303
    await service.work()
    assert len(await states(service)) == 10


async def test_all_valid_certificates_come_in_one_file(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    for number, name in enumerate(("Ana Kovač", "Гоар Ђаковић", 'A/B\\ "C"'), start=1):
        story.person(number, name, attended=("day-1", "day-2"))
    story.person(4, "Ben Seldom", attended=("day-1",))
    story.completed()
    await service.read_all(story)
    await service.work()
    answer = await browser.get(f"{PAGE}/certificates.zip", headers=signed_in())
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    by_serial = {name[:18]: (name[19:], archive.read(name)) for name in archive.namelist()}
    rows = await service.pool.fetch("SELECT serial, pdf FROM certificates JOIN documents USING (registration_id, edition)")
    assert {serial: content for serial, (_, content) in by_serial.items()} == {row["serial"]: row["pdf"] for row in rows}
    assert {name for name, _ in by_serial.values()} == {"Ana Kovač.pdf", "Гоар Ђаковић.pdf", "A B C.pdf"}
    assert (await browser.get(f"{PAGE}/certificates.zip")).status_code == 303


async def test_the_file_of_all_is_written_while_it_is_sent(
    service: Service, story: Story, app: FastAPI, browser: httpx.AsyncClient
) -> None:
    for number in range(1, 21):
        story.person(number, f"Person {number}", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    # httpx' own transport collects all before it answers, so the application is asked as a server asks it
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the visitor stays
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            parts.append(message["body"])

    headers = [(name.lower().encode(), value.encode()) for name, value in (signed_in() | {"Host": "atelier.example"}).items()]
    scope = {"type": "http", "method": "GET", "scheme": "https", "http_version": "1.1", "path": f"{PAGE}/certificates.zip"}
    scope |= {"raw_path": scope["path"].encode(), "query_string": b"", "root_path": "", "headers": headers}
    await app({**scope, "client": ("127.0.0.1", 1), "server": ("atelier.example", 443)}, receive, send)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(parts)))
    assert archive.testzip() is None
    assert len(set(archive.namelist())) == 20
    assert max(map(len, parts)) < sum(map(len, parts)) / 10, "never more than a few are in memory"


async def test_a_preview_has_the_longest_name(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    story.person(1, "Ana Kovač")
    await service.read_all(story)
    short = await browser.get(f"{PAGE}/preview.png", headers=signed_in())
    assert short.headers["content-type"] == "image/png"
    story.person(2, "Maria Theresa Walburga Amalia Christina of Habsburg-Lorraine")
    await service.read_all(story)
    long = await browser.get(f"{PAGE}/preview.png", params={"language": "fr"}, headers=signed_in())
    assert long.content.startswith(b"\x89PNG")
    assert long.content != short.content
    story.person(3, "Maria Theresa Walburga Amalia Christina of Habsburg-Lorraine \u4e00")
    await service.read_all(story)
    assert (await browser.get(f"{PAGE}/preview.png", headers=signed_in())).status_code == 422


async def test_the_page_shows_how_far_the_work_has_come(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    for number in range(1, 4):
        story.person(number, f"Ana Kovač {'ABC'[number - 1]}", attended=("day-1", "day-2"))
    story.person(4, "Ana \u4e00", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.apply_rule()
    before = await browser.get(PAGE, headers=signed_in())
    assert "0 of 4 certificates are issued" in before.text
    assert "4 are being made: look again" in before.text
    await service.work()
    after = await browser.get(PAGE, headers=signed_in())
    assert "3 of 4 certificates are issued" in after.text
    assert "being made" not in after.text
    assert "1 cannot be set" in after.text


async def test_what_was_done_says_to_whom_and_goes_back_to_the_first(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "_ENTRIES", 2)
    story.workshop(workshop_record(version=2, certificate={"minimum_sessions": 2, "needs_approval": True}))
    people = {name: story.person(number, name, attended=("day-1", "day-2")) for number, name in enumerate(("Ana Kovač", NAME, "Ben"), 1)}
    story.completed()
    await service.read_all(story)
    await service.work()
    chosen = {"chosen": [str(registration_id) for registration_id in people.values()]}
    assert (await browser.post(f"{PAGE}/approve", data=chosen, headers=signed_in() | ORIGIN)).status_code == 303
    last = (await browser.get(PAGE, headers=signed_in())).text.partition('id="done"')[2]
    following = html.unescape(last.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0])
    first = (await browser.get(following.partition("#")[0], headers=signed_in())).text.partition('id="done"')[2]
    assert (last.count("approved one"), first.count("approved one")) == (2, 1)
    for name, registration_id in people.items():
        assert (last + first).count(f'<a href="/console/registrations/{registration_id}"><bdi>{name}</bdi></a>') == 1
    assert 'rel="next"' not in first
    assert "Back to the start" in first
    story.erased(people["Ben"])
    await service.read_all(story)
    await service.work()
    done = [(await browser.get(page, headers=signed_in())).text for page in (PAGE, following.partition("#")[0])]
    assert "Ben" not in "".join(page.partition('id="done"')[2] for page in done)
    assert (await browser.get(f"{PAGE}?before=x", headers=signed_in())).status_code == 422
