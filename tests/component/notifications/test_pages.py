"""The organisers' pages: the plan with its reasons, one message, and the decision about an uncertain one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from bs4 import BeautifulSoup
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.notifications.web_app import create_app
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story
from tests.unit.notifications.samples import WORKSHOP_ID


@pytest.fixture
async def browser(world: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    key = Ed25519PrivateKey.generate()
    public = tmp_path / "public.pem"
    public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    issued = datetime.now(UTC)
    claims = {
        "iss": "atelier",
        "sub": str(uuid4()),
        "name": "Zoé",
        "role": "organiser",
        "iat": issued,
        "exp": issued + timedelta(minutes=15),
    }
    token = jwt.encode({"alg": "Ed25519"}, claims, OKPKey.import_key(private), algorithms=["Ed25519"])
    app = create_app(world.settings.model_copy(update={"session_public_key_file": public}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=world.settings.public_url, cookies={"atelier_session": token}
        ) as made,
    ):
        app.state.clock = world.clock
        yield made


async def test_pages_are_for_organisers_only(browser: httpx.AsyncClient) -> None:
    browser.cookies.clear()
    for path in ("/notifications", f"/notifications/workshops/{WORKSHOP_ID}", f"/notifications/messages/{uuid4()}"):
        answer = await browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/login?next=")
    assert (await browser.post(f"/notifications/messages/{uuid4()}/resolve", data={"decision": "arrived"})).status_code == 303


async def test_the_plan_says_when_where_for_whom_and_why(world: World, story: Story, browser: httpx.AsyncClient) -> None:
    nino, bojan = story.person("ნინო"), story.person("Бојан")
    story.withdraw(bojan)
    await world.live(story)

    overview = BeautifulSoup((await browser.get("/notifications")).text, "html.parser")
    assert "Police Operating in Diverse Societies" in overview.get_text()
    answer = await browser.get(f"/notifications/workshops/{WORKSHOP_ID}")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html.parser")
    rules = page.find(id="rules-table-caption").find_parent("table").get_text(" ", strip=True)
    assert "Tue 17 October 2023, 9:00 (Strasbourg time, CEST, UTC+2)" in rules
    assert "Sun 29 October 2023, 17:00 (Strasbourg time, CET, UTC+1)" in rules
    table = page.find(id="messages-table-caption").find_parent("table")
    rows = [row.get_text(" ", strip=True) for row in table.tbody.find_all("tr")]
    assert any("Confirmation" in row and "ნინო Example" in row and "sent" in row for row in rows)
    assert any("Reminder" in row and "Бојан Example" in row and "the registration was withdrawn" in row for row in rows)
    assert str(nino) in answer.text

    french = (await browser.get(f"/notifications/workshops/{WORKSHOP_ID}?lang=fr&state=skipped")).text
    assert "l’inscription a été retirée" in french
    assert "ნინო" not in french


@pytest.mark.parametrize(("ending", "announced"), [("", ["week-before"]), ("complete", ["follow-up"]), ("cancel", [])])
async def test_only_a_reminder_that_will_be_sent_is_called_the_next(
    world: World, story: Story, browser: httpx.AsyncClient, ending: str, announced: list[str]
) -> None:
    if ending:
        getattr(story, ending)()
    await world.live(story)
    page = BeautifulSoup((await browser.get(f"/notifications/workshops/{WORKSHOP_ID}")).text, "html.parser")
    rows = page.select("#rules-table-caption ~ tbody tr")
    assert len(rows) == 3
    assert [row.th.get_text() for row in rows if "next" in row.get_text()] == announced
    overview = BeautifulSoup((await browser.get("/notifications")).text, "html.parser").get_text()
    assert [rule for rule in ("week-before", "eve", "follow-up") if f"the reminder “{rule}”" in overview] == announced


async def test_long_plans_come_in_pages(world: World, story: Story, browser: httpx.AsyncClient) -> None:
    for number in range(40):
        story.person(f"P{number}")
    await world.hear(story.told)
    await world.plan()
    seen: list[str] = []
    path = f"/notifications/workshops/{WORKSHOP_ID}"
    while path:
        page = BeautifulSoup((await browser.get(path)).text, "html.parser")
        seen += [str(link["href"]) for link in page.select("#messages-table-caption ~ tbody th a")]
        following = page.find("a", rel="next")
        path = str(following["href"]).partition("#")[0] if following else ""
    assert len(seen) == len(set(seen)) == 160


async def test_an_organiser_decides_about_an_uncertain_message(world: World, story: Story, browser: httpx.AsyncClient) -> None:
    ana, bojan = story.person("Ana"), story.person("Бојан")
    world.mail.cut_at = "dot"
    await world.live(story)
    assert {state for (purpose, _), (state, _) in (await world.messages()).items() if purpose == "confirmation"} == {"uncertain"}
    lost = [str(mail["Message-ID"]) for mail in world.mail.swallowed]
    world.mail.cut_at = None

    overview = BeautifulSoup((await browser.get("/notifications")).text, "html.parser")
    links = [str(link["href"]) for link in overview.select("#uncertain-caption ~ tbody td a")]
    assert len(links) == 2
    by_person = {}
    for link in links:
        page = (await browser.get(link)).text
        assert "Did it arrive?" in page
        assert "Put the dates into your calendar" in page
        by_person[ana if str(ana) in page else bojan] = link
    await browser.post(f"{by_person[ana]}/resolve", data={"decision": "arrived"})
    await browser.post(f"{by_person[bojan]}/resolve", data={"decision": "send_again"})
    await world.work()

    assert [str(mail["X-Atelier-Registration"]) for mail in world.mail.taken] == [str(bojan)]
    assert str(world.mail.taken[0]["Message-ID"]) in lost
    assert {state for (purpose, _), (state, _) in (await world.messages()).items() if purpose == "confirmation"} == {"sent"}
    refused = await browser.post(f"{by_person[ana]}/resolve", data={"decision": "send_again"}, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403


async def test_the_preview_runs_nothing(world: World, story: Story, browser: httpx.AsyncClient) -> None:
    story.person("<script>alert(1)</script>")
    await world.live(story)
    (message_id,) = await world.pool.fetch("SELECT message_id FROM messages WHERE purpose = 'confirmation'")
    answer = await browser.get(f"/notifications/messages/{message_id['message_id']}/html")
    assert "<script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
