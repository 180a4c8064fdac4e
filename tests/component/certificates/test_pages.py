"""The public page, the document, and the organisers' lists."""

import base64
import html
import json
import re
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI

from services.certificates.domain.serial import make_serial
from services.certificates.web import documents, verification
from services.certificates.web_app import create_app
from shared.contracts.workshops import WorkshopState
from tests.component.certificates.story import WORKSHOP, Service, Story, workshop_record
from tests.component.certificates.visits import NAME, issued, signed_in


async def test_a_valid_certificate_is_confirmed_to_people_and_programs(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    address = f"/verify/{certificate['verification_token']}"
    page = await browser.get(address)
    assert page.status_code == 200
    for words in ("This certificate is valid", NAME, certificate["serial"], "Strasbourg, France", "24–26 October 2023", "2 of 3 sessions"):
        assert words in page.text
    assert re.search(r"\d:\d\d \(Strasbourg time, CES?T, UTC\+[12]\)", html.unescape(page.text)), "issued when, with its zone"
    french = await browser.get(address, params={"lang": "fr"})
    assert "Cette attestation est valable" in french.text
    assert french.headers["content-language"] == "fr"
    facts = (await browser.get(address, headers={"Accept": "application/json"})).json()
    assert (facts["state"], facts["name"], facts["serial"]) == ("valid", NAME, certificate["serial"])
    assert datetime.fromisoformat(facts["issued_at"]).tzinfo is not None


async def test_no_page_leaks_its_address(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    token = certificate["verification_token"]
    for address in (f"/verify/{token}", f"/certificates/{token}.pdf", "/verify/unknown"):
        headers = (await browser.get(address)).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]


async def test_the_document_is_handed_out_as_it_was_stored(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    answer = await browser.get(f"/certificates/{certificate['verification_token']}.pdf")
    assert answer.content == await service.pool.fetchval("SELECT pdf FROM documents")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="{certificate["serial"]}.pdf"'


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_the_credential_is_handed_out_as_a_jwt_too(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    address = f"/certificates/{certificate['verification_token']}.jwt"
    assert f'href="{address}"' in (await browser.get(f"/verify/{certificate['verification_token']}")).text
    answer = await browser.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vc+jwt")
    assert answer.headers["content-disposition"] == f'attachment; filename="{certificate["serial"]}.jwt"'
    methods = {method["id"]: method for method in (await browser.get("/certificates/did.json")).json()["verificationMethod"]}
    header, claims = (json.loads(decoded(part)) for part in answer.text.split(".")[:2])
    signed, _, signature = answer.text.rpartition(".")
    key = Ed25519PublicKey.from_public_bytes(decoded(methods[header["kid"]]["publicKeyJwk"]["x"]))
    key.verify(decoded(signature), signed.encode())
    embedded = (await browser.get(address.replace(".jwt", ".json"))).json()
    del embedded["proof"]
    assert {name: claims[name] for name in embedded} == embedded
    assert (await browser.get("/certificates/unknown.jwt")).status_code == 404


async def test_a_revoked_certificate_says_since_when_and_why_and_its_document_is_gone(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    certificate = await issued(service, story)
    story.attendance(certificate["registration_id"], "day-2", present=False)
    await service.read_all(story)
    await service.work()
    page = await browser.get(f"/verify/{certificate['verification_token']}")
    assert page.status_code == 200
    for words in ("has been revoked", certificate["serial"], "The record of attendance was corrected", "Strasbourg time"):
        assert words in page.text
    assert NAME not in page.text
    gone = await browser.get(f"/certificates/{certificate['verification_token']}.pdf")
    assert gone.status_code == 410
    assert "has been revoked" in gone.text


async def test_a_superseded_certificate_names_its_successor(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    story.named(certificate["registration_id"], "Гоар Ђаковић-Нова")
    await service.read_all(story)
    await service.work()
    old, new = await service.certificates()
    page = await browser.get(f"/verify/{old['verification_token']}")
    assert "has been replaced" in page.text
    assert new["serial"] in page.text
    assert new["verification_token"] not in page.text
    assert NAME not in page.text


async def test_a_successor_that_is_not_issued_yet_is_not_named(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    story.named(certificate["registration_id"], "中村 Kenji")
    await service.read_all(story)
    await service.work()
    old, new = await service.certificates()
    assert (old["state"], new["state"], new["error"] is None) == ("superseded", "eligible", False)
    address = f"/verify/{old['verification_token']}"
    page = await browser.get(address)
    assert "is being made in its place" in page.text
    assert new["serial"] not in page.text
    assert "superseded_by" not in (await browser.get(address, headers={"Accept": "application/json"})).json()


async def test_a_credential_that_was_restored_is_offered_in_the_form_that_is_there(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    certificate = await issued(service, story)
    await service.pool.execute("UPDATE documents SET enveloped = NULL")
    page = await browser.get(f"/verify/{certificate['verification_token']}")
    assert f"{certificate['verification_token']}.json" in page.text
    assert f"{certificate['verification_token']}.jwt" not in page.text


async def test_an_erased_certificate_says_so_and_names_nobody(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    story.erased(certificate["registration_id"])
    await service.read_all(story)
    await service.work()
    address = f"/verify/{certificate['verification_token']}"
    page = await browser.get(address)
    assert page.status_code == 200
    assert "All data about its holder were deleted" in page.text
    assert NAME not in page.text
    facts = (await browser.get(address, headers={"Accept": "application/json"})).json()
    assert facts["state"] == "erased"
    assert set(facts) == {"state", "serial", "revoked_at"}
    assert (await browser.get(f"/certificates/{certificate['verification_token']}.pdf")).status_code == 410


async def test_one_that_was_replaced_before_the_erasure_was_not_revoked(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    story.named(certificate["registration_id"], "Гоар Ђаковић-Нова")
    await service.read_all(story)
    await service.work()
    story.erased(certificate["registration_id"])
    await service.read_all(story)
    await service.work()
    replaced, revoked = [(await browser.get(f"/verify/{row['verification_token']}")).text for row in await service.certificates()]
    for page in (replaced, revoked):
        assert "It was issued once and is not valid any more. All data about its holder were deleted" in page
    assert [("Replaced" in page, "Revoked" in page) for page in (replaced, revoked)] == [(True, False), (False, True)]
    assert "revoked" not in replaced


async def test_a_certificate_stays_valid_whatever_becomes_of_the_workshop(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    certificate = await issued(service, story)
    token = certificate["verification_token"]
    for version, state in enumerate((WorkshopState.COMPLETED, WorkshopState.CANCELLED), start=2):
        story.workshop(workshop_record(version=version, state=state, certificate=None))
        await service.read_all(story)
        await service.work()
        page = await browser.get(f"/verify/{token}")
        assert "This certificate is valid" in page.text
        assert NAME in page.text
        assert (await browser.get(f"/certificates/{token}.pdf")).status_code == 200
        assert (await browser.get(f"/verify/known/{certificate['sha256']}")).json()["state"] == "valid"


async def test_every_unknown_address_gets_the_same_answer(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.person(1, NAME, attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.apply_rule()
    [eligible] = await service.certificates()
    unknown = ["mJ8Z0uYxq3bS2vWn5tQeRgAb", eligible["verification_token"], "a", "%00", "Ђ", "x" * 3000, "'--"]
    asked = statements_of(monkeypatch)
    for form in ("/verify/{}", "/certificates/{}.pdf", "/certificates/{}.json", "/certificates/{}.jwt"):
        for accepted, said in (("text/html", "No such certificate is known"), ("application/json", '{"state":"unknown"}')):
            answers, work = [], []
            for token in unknown:
                asked.clear()
                answers.append(await browser.get(form.format(token), headers={"Accept": accepted}))
                work.append(tuple(asked))
            assert {answer.status_code for answer in answers} == {404}
            assert len({answer.text for answer in answers}) == 1
            headers = [{name: value for name, value in answer.headers.items() if name != "x-correlation-id"} for answer in answers]
            assert headers == [headers[0]] * len(unknown)
            assert len(set(work)) == 1, "the same work, so that the time says nothing either"
            assert work[0]
            assert said in answers[0].text


def statements_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database is asked from now on, by the names of the functions that ask."""
    asked: list[str] = []

    def noting(module: ModuleType, name: str) -> None:
        original = getattr(module, name)

        async def noted(*arguments: Any) -> Any:
            asked.append(name)
            return await original(*arguments)

        monkeypatch.setattr(module, name, noted)

    noting(verification, "find_certificate")
    noting(documents, "find_document")
    return asked


async def test_one_address_cannot_ask_without_end(service: Service, app: FastAPI, browser: httpx.AsyncClient) -> None:
    limit = int(service.settings.verification_limit.partition("/")[0])
    statuses = [(await browser.get("/verify/a")).status_code for _ in range(limit + 1)]
    assert statuses == [404] * limit + [429]
    refused = (await browser.get("/verify/a")).headers
    assert (refused["referrer-policy"], refused["x-robots-tag"]) == ("no-referrer", "noindex, nofollow")
    assert (await browser.get("/health/live")).status_code == 200
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=("192.0.2.9", 1)), base_url="https://atelier.example"
    ) as somebody_else:
        assert (await somebody_else.get("/verify/a")).status_code == 404


async def test_a_visitors_network_is_counted_as_one_visitor(service: Service, app: FastAPI) -> None:
    limit, statuses = int(service.settings.verification_limit.partition("/")[0]), []
    for number in range(limit + 1):
        transport = httpx.ASGITransport(app, client=(f"2001:db8:1:1::{number:x}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://atelier.example") as one:
            statuses.append((await one.get("/verify/a")).status_code)
    assert statuses == [404] * limit + [429]
    for other in ("2001:db8:1:2::1", *(f"::ffff:10.0.{number // 250}.{number % 250}" for number in range(limit + 1))):
        transport = httpx.ASGITransport(app, client=(other, 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://atelier.example") as neighbour:
            assert (await neighbour.get("/verify/a")).status_code == 404


async def test_lists_are_for_organisers(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await issued(service, story)
    for address in ("/certificates", f"/certificates/workshops/{WORKSHOP}"):
        stranger = await browser.get(address)
        assert stranger.status_code == 303
        assert stranger.headers["location"].startswith("/console/login")
        assert NAME not in stranger.text
    overview = await browser.get("/certificates", headers=signed_in())
    assert "Police Operating in Diverse Societies" in overview.text


async def test_organisers_see_each_certificate_and_what_keeps_one_back(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    story.person(2, "中村 Kenji", attended=("day-1", "day-2"))
    certificate = await issued_first(service, story)
    page = await browser.get(f"/certificates/workshops/{WORKSHOP}", headers=signed_in())
    rows = re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL)[1:]
    assert "U+4E2D" in rows[0], "what needs somebody comes first"
    assert "cannot be set" in rows[0]
    assert NAME in rows[1]
    assert certificate["serial"] in rows[1]


async def issued_first(service: Service, story: Story) -> dict[str, Any]:
    story.person(1, NAME, attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    [certificate] = [row for row in await service.certificates() if row["state"] == "issued"]
    return certificate


async def test_a_typed_serial_leads_to_its_certificate(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    typed = certificate["serial"].lower().replace("-", " ")
    found = await browser.get("/certificates", params={"serial": typed}, headers=signed_in())
    assert found.status_code == 303
    assert certificate["serial"] in found.headers["location"]
    page = await browser.get(found.headers["location"], headers=signed_in())
    assert NAME in page.text
    nothing = await browser.get("/certificates", params={"serial": make_serial(2023)}, headers=signed_in())
    assert "No certificate has this serial." in nothing.text
    wrong = await browser.get("/certificates", params={"serial": typed[:-1] + ("0" if typed[-1] != "0" else "1")}, headers=signed_in())
    assert "That is not a serial" in wrong.text


def test_every_phrase_has_its_french(service: Service) -> None:
    """Whatever the templates say is in a catalogue: their own or the shared one."""
    web = Path(create_app.__code__.co_filename).parent / "web"
    shared = Path(__file__).parents[3] / "shared" / "web"
    known: set[object] = set()
    for path in (web / "locale" / "fr.po", shared / "catalogue" / "fr.po"):
        with path.open("rb") as file:
            known |= {message.id[0] if isinstance(message.id, tuple) else message.id for message in read_po(file) if message.string}
    used = extract_from_dir(str(web), [("**.html", "jinja2")], {"**.html": {"newstyle_gettext": "true", "trimmed": "false"}})
    missing = {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in used} - known
    assert missing == set()
