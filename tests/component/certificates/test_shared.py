"""The page by which a holder shares a certificate: what it shows, what it keeps to itself, and that it can be taken back."""

import html
import re
from typing import Any

import httpx
import pytest

from services.certificates.storage.shares import Share, find_share
from services.certificates.web import shared as web_shared
from shared.contracts.certificates import CertificatesActed
from shared.contracts.topics import REGISTRATIONS
from shared.runtime.database import Connection
from tests.component.certificates.story import Service, Story
from tests.component.certificates.visits import NAME, issued

FIRST, SECOND = "first-share-token-12345", "second-share-token-1234"
VALID = '<span class="state good">valid</span>'
NOT_VALID = "This certificate is not valid any more"
NOTHING = "Nothing is shared here"


def page_of(token: str) -> str:
    return f"/certificates/shared/{token}"


async def read(browser: httpx.AsyncClient, token: str, status: int = 200, language: str = "en") -> str:
    answer = await browser.get(page_of(token), params={"lang": language})
    assert answer.status_code == status
    return html.unescape(answer.text)


async def rows(service: Service) -> dict[str, list[dict[str, Any]]]:
    return {table: content for table, content in (await service.rows()).items() if table != "inbox"}


async def shared(service: Service, story: Story) -> dict[str, Any]:
    """A certificate whose holder has switched the page on."""
    certificate = await issued(service, story)
    story.shared(certificate["registration_id"], FIRST)
    await service.read_all(story)
    return certificate


async def test_it_shows_the_valid_certificate_and_nothing_that_cannot_be_taken_back(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    certificate = await shared(service, story)
    text = await read(browser, FIRST)
    shows = (NAME, "Police Operating in Diverse Societies", "Took part in", "Council of Europe, European Union", "Strasbourg, France")
    for words in (*shows, "24–26 October 2023", "2 of 3 sessions", VALID):
        assert words in text
    assert re.search(r"\d:\d\d \(Strasbourg time, CES?T, UTC\+[12]\)", text), "issued when, with its zone"
    opens = (certificate["serial"], certificate["verification_token"], str(certificate["registration_id"]), FIRST)
    for secret in (*opens, "/verify", ".pdf", ".json", ".jwt"):
        assert secret not in text
    french = await read(browser, FIRST, language="fr")
    assert '<span class="state good">valable</span>' in french
    assert "Une attestation partagée" in french
    assert "La police dans des sociétés plurielles" in french


async def test_what_a_chat_keeps_as_a_preview_names_nobody(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await shared(service, story)
    head = (await read(browser, FIRST)).partition("</head>")[0]
    assert '<meta property="og:description" content="Police Operating in Diverse Societies">' in head
    assert NAME not in head
    assert not re.search(r"\bvalid", head), "it may not be so any more when somebody reads the preview"


async def test_the_page_does_not_leak_its_address(
    service: Service, story: Story, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await shared(service, story)
    for token in (FIRST, SECOND):
        headers = (await browser.get(page_of(token))).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
    assert "/certificates/shared/{token}" in caplog.text
    assert FIRST not in caplog.text


async def test_switched_off_it_never_comes_back_and_switched_on_again_it_is_elsewhere(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    certificate = await shared(service, story)
    story.sharing_ended(certificate["registration_id"])
    await service.read_all(story)
    assert NOTHING in await read(browser, FIRST, 404)
    story.shared(certificate["registration_id"], SECOND)
    await service.read_all(story)
    assert NAME in await read(browser, SECOND)
    assert NOTHING in await read(browser, FIRST, 404)


async def test_facts_that_are_read_again_switch_nothing(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await shared(service, story)
    story.sharing_ended(certificate["registration_id"])
    await service.read_all(story)
    before = await rows(service)
    earlier = [record for record in story.records[REGISTRATIONS] if b"certificate_shared" in record.value]
    for _ in range(2):
        await service.pool.execute("DELETE FROM inbox")
        await service.read(REGISTRATIONS, earlier)
        assert NOTHING in await read(browser, FIRST, 404)
        await service.read_all(story)
    assert await rows(service) == before


async def test_a_certificate_that_was_replaced_is_shown_as_it_is_now(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await shared(service, story)
    story.named(certificate["registration_id"], "Гоар Ђаковић-Нова")
    await service.read_all(story)
    await service.apply_rule()
    between = await read(browser, FIRST)
    assert "This certificate is being made anew" in between
    assert NAME not in between
    await service.work()
    after = await read(browser, FIRST)
    assert "Гоар Ђаковић-Нова" in after
    assert VALID in after


async def test_a_trainer_s_and_one_of_achievement_are_called_what_they_are(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    await shared(service, story)
    for kind, words in (("achievement", "Completed successfully"), ("trainer", "Taught at")):
        await service.pool.execute("UPDATE certificates SET kind = $1", kind)
        text = await read(browser, FIRST)
        assert words in text
        assert ("2 of 3 sessions" in text) is (kind != "trainer")


async def test_a_revoked_one_is_not_valid_and_names_nobody(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await shared(service, story)
    story.attendance(certificate["registration_id"], "day-2", present=False)
    await service.read_all(story)
    await service.work()
    text = await read(browser, FIRST)
    assert NOT_VALID in text
    for words in (NAME, certificate["serial"], "Police", "Strasbourg"):
        assert words not in text
    story.attendance(certificate["registration_id"], "day-2", present=True)
    await service.read_all(story)
    await service.work()
    assert NAME in await read(browser, FIRST), "what is valid again is shown again"


async def test_erasure_ends_it(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await shared(service, story)
    story.erased(certificate["registration_id"])
    story.shared(certificate["registration_id"], SECOND)
    await service.read_all(story)
    await service.work()
    for token in (FIRST, SECOND):
        assert NOTHING in await read(browser, token, 404)
        assert token not in repr(await service.rows())


async def test_what_a_worker_of_the_version_before_erases_is_not_shared(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await shared(service, story)
    await service.pool.execute(
        "UPDATE certificates SET erased = true, name = NULL, state = 'revoked', revoked_at = now(), revocation_reason = 'erased'"
    )
    await service.pool.execute("UPDATE registrations SET state = 'erased', certificate_name = NULL, language = NULL")
    assert NOTHING in await read(browser, FIRST, 404)
    assert await service.pool.fetchval("SELECT count(*) FROM certificate_shares") == 0


async def test_unknown_switched_off_erased_and_malformed_are_one_answer(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await shared(service, story)
    off, gone = (story.person(number, f"Person {number}", attended=("day-1", "day-2")) for number in (2, 3))
    for number, registration_id in ((2, off), (3, gone)):
        story.shared(registration_id, f"token-of-person-number-{number}")
    story.sharing_ended(off)
    story.erased(gone)
    await service.read_all(story)
    await service.work()
    nothing = ["mJ8Z0uYxq3bS2vWn5tQeRgAb", "token-of-person-number-2", "token-of-person-number-3", certificate["verification_token"]]
    nothing += ["a", "%00", "Ђ", "x" * 3000, "'--", FIRST + "x"]
    answers = [await browser.get(page_of(token)) for token in nothing]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    headers = [{name: value for name, value in answer.headers.items() if name != "x-correlation-id"} for answer in answers]
    assert all(one == headers[0] for one in headers)
    assert NOTHING in answers[0].text
    assert (await browser.get(f"/verify/{FIRST}")).status_code == 404
    assert (await browser.get(f"/certificates/{FIRST}.pdf")).status_code == 404


async def test_an_address_of_nobody_takes_the_same_work(
    service: Service, story: Story, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shared(service, story)
    looked_for: list[str] = []

    async def find(connection: Connection, token: str) -> Share | None:
        looked_for.append(token)
        return await find_share(connection, token)

    monkeypatch.setattr(web_shared, "find_share", find)
    for token in (FIRST, "never-was-a-share-token", "%00", "x" * 3000):
        await browser.get(page_of(token))
    assert looked_for == [FIRST, "never-was-a-share-token", "", ""]


async def test_one_address_cannot_ask_without_end(service: Service, browser: httpx.AsyncClient) -> None:
    limit = int(service.settings.verification_limit.partition("/")[0])
    statuses = [(await browser.get(page_of("a"))).status_code for _ in range(limit + 1)]
    assert statuses == [404] * limit + [429]


async def test_each_fact_is_answered_once(service: Service, story: Story) -> None:
    certificate = await shared(service, story)
    story.sharing_ended(certificate["registration_id"])
    await service.read_all(story)
    await service.pool.execute("DELETE FROM inbox")
    await service.read_all(story)
    answers = [event for event in await service.published() if isinstance(event, CertificatesActed) and "shar" in event.fact_type]
    assert [event.fact_type for event in answers] == ["registration.certificate_shared.v1", "registration.certificate_sharing_ended.v1"]
    assert {event.registration_id for event in answers} == {certificate["registration_id"]}


async def test_a_page_that_is_on_before_its_certificate_is_known_shows_nobody(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    registration_id = story.person(1, NAME)
    story.shared(registration_id, FIRST)
    await service.read(REGISTRATIONS, story.records[REGISTRATIONS])
    text = await read(browser, FIRST)
    assert NOT_VALID in text
    assert NAME not in text
