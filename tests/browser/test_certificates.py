"""The pages of certificates: usable by everybody, and a file that is compared without being sent."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, expect

from deploy.embedded.fonts import ensure_fonts
from services.certificates.document.pool import RenderingPool
from services.certificates.storage.audit_log import Organiser
from services.certificates.use_cases.try_again import try_again
from services.certificates.web_app import create_app
from tests.browser.conftest import _started
from tests.browser.test_every_page import assert_usable
from tests.component.certificates.story import NOW, WORKSHOP, Service, Story, serving, trial_keys, workshop_record
from tests.component.certificates.visits import KEY, signed_in
from tests.conftest import _administer, database_address
from tests.validators.tampering import one_byte_changed
from tests.waiting import eventually

SHARES = {state: f"{state}-{'x' * 22}" for state in ("valid", "revoked")}
NAMES = {"valid": "Ана Ђорђевић", "revoked": "Nino Beridze ნინო ბერიძე", "superseded": "Ina Turcanu", "erased": "Ben Gone"}


@dataclass(frozen=True)
class Desk:
    """Served pages with a certificate in each state; `tokens` and `serials` by state."""

    base: str
    tokens: dict[str, str]
    serials: dict[str, str]
    pdf: bytes


@pytest.fixture(scope="module")
async def desk(
    chromium: str, postgres: str, _templates: Callable[[str], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    name, folder = f"browser_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("desk")
    await _administer(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{await _templates("certificates")}"')
    (folder / "public.pem").write_bytes(KEY.as_pem(private=False))
    fonts, keys = ensure_fonts(), trial_keys(folder / "keys")
    renderer = RenderingPool(processes=1, font_directory=fonts, keys_directory=keys)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        try:
            async with serving(database_address(postgres, name), keys, renderer) as service:
                pdf = await furnish(service)
                rows = await service.certificates()
                own = {"session_public_key_file": folder / "public.pem", "font_directory": fonts, "public_url": base}
                app = create_app(service.settings.model_copy(update=own))
                async with app.router.lifespan_context(app):
                    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
                    running = asyncio.create_task(server.serve(sockets=[taken]))
                    await eventually(_started(server), within=10, what="the server has started")
                    of_state = {_state(row): row for row in rows}
                    tokens = {state: row["verification_token"] for state, row in of_state.items()}
                    yield Desk(base, tokens, {state: row["serial"] for state, row in of_state.items()}, pdf)
                    server.should_exit = True
                    await running
        finally:
            renderer.close()
    await _administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


def _state(row: dict[str, Any]) -> str:
    if row["erased"]:
        return "erased"
    return {"issued": "valid" if row["name"] == NAMES["valid"] else "successor"}.get(row["state"], row["state"])


async def furnish(service: Service) -> bytes:
    """Four certificates in four states; returns the file of the one that is valid."""
    story = Story()
    story.workshop(workshop_record())
    people = {state: story.person(number, name, attended=("day-1", "day-2")) for number, (state, name) in enumerate(NAMES.items(), start=1)}
    story.completed()
    for state, token in SHARES.items():
        story.shared(people[state], token)
    await service.read_all(story)
    await service.work()
    story.attendance(people["revoked"], "day-2", present=False)
    story.named(people["superseded"], "Ina Țurcanu")
    story.erased(people["erased"])
    await service.read_all(story)
    await service.work()
    # One that cannot be set, which an organiser has had tried again
    story.person(8, "中村 Kenji", attended=("day-1", "day-2"))
    await service.read_all(story)
    await service.work()
    serial = await service.pool.fetchval("SELECT serial FROM certificates WHERE error IS NOT NULL")
    async with service.pool.acquire() as connection, connection.transaction():
        await try_again(connection, WORKSHOP, serial, by=Organiser(WORKSHOP, "Olga Organiser"), now=NOW)
    await service.work()
    # And one who waits for an organiser's approval
    story.workshop(workshop_record(version=2, certificate={"minimum_sessions": 2, "needs_approval": True}))
    story.person(9, "Дора Чекајућа", attended=("day-1", "day-2"))
    await service.read_all(story)
    await service.work()
    pdf: bytes = await service.pool.fetchval("SELECT pdf FROM documents WHERE registration_id = $1", people["valid"])
    return pdf


@pytest.fixture
async def organiser(browser: Browser, desk: Desk) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context()
    name, _, value = signed_in()["Cookie"].partition("=")
    await context.add_cookies([{"name": name, "value": value, "url": desk.base}])
    yield context
    await context.close()


@pytest.mark.parametrize("name", ["check", "unknown", "valid", "revoked", "superseded", "erased"])
async def test_a_public_page_can_be_used_by_everybody(desk: Desk, browser: Browser, name: str) -> None:
    context = await browser.new_context()
    await assert_usable(context, desk.base, "/verify" if name == "check" else f"/verify/{desk.tokens.get(name, 'unknown')}", name)
    await context.close()


@pytest.mark.parametrize("name", ["valid", "revoked", "switched-off"])
async def test_a_share_page_can_be_used_by_everybody(desk: Desk, browser: Browser, name: str) -> None:
    context = await browser.new_context()
    await assert_usable(context, desk.base, f"/certificates/shared/{SHARES.get(name, 'y' * 22)}", f"shared, {name}")
    await context.close()


@pytest.mark.parametrize(
    "name", ["workshops", "workshop", "approve", "approve-all", "template", "trainers", "all-again", "revoke", "issue-again"]
)
async def test_a_page_for_organisers_can_be_used_by_everybody(desk: Desk, organiser: BrowserContext, name: str) -> None:
    workshop = f"/certificates/workshops/{WORKSHOP}"
    paths = {"workshops": "/certificates", "workshop": workshop, "approve": f"{workshop}/approve"}
    paths |= {"approve-all": f"{workshop}/approve/all", "template": f"{workshop}/template"}
    paths |= {"trainers": f"{workshop}/trainers?name=a", "all-again": f"{workshop}/issue-again"}
    await assert_usable(organiser, desk.base, paths.get(name, f"{workshop}/{desk.serials['valid']}/{name}"), name)


async def test_a_file_is_compared_in_the_browser_and_not_sent(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "own.pdf").write_bytes(desk.pdf)
    (tmp_path / "changed.pdf").write_bytes(one_byte_changed(desk.pdf))
    context = await browser.new_context()
    page = await context.new_page()
    sent: list[tuple[str, int]] = []
    page.on("request", lambda request: sent.append((request.method, len(request.post_data_buffer or b""))))
    await page.goto(f"{desk.base}/verify")
    await page.set_input_files("#file", tmp_path / "own.pdf")
    await page.wait_for_selector("#check-result .notice.good")
    assert "It is valid" in await page.inner_text("#check-result")
    await page.set_input_files("#file", tmp_path / "changed.pdf")
    await page.wait_for_selector("#check-result .notice.waiting")
    assert "This file is not known" in await page.inner_text("#check-result")
    assert {method for method, _ in sent} == {"GET"}
    assert {size for _, size in sent} == {0}
    await page.click("form button")
    await page.wait_for_selector("#check-result .notice.wrong")
    assert "It was changed after it was sealed" in await page.inner_text("#check-result")
    await page.set_input_files("#file", tmp_path / "own.pdf")
    await page.click("#check-result a")
    await page.wait_for_url(f"{desk.base}/verify/{desk.tokens['valid']}")
    assert NAMES["valid"] in await page.inner_text("main")
    await context.close()


DRAG = """([where, kind, contents]) => {
    const dragged = new DataTransfer();
    for(const one of contents) dragged.items.add(new File([new Uint8Array(one)], 'own.pdf', {type: 'application/pdf'}));
    if(!contents.length) dragged.setData('text/plain', 'words');
    const event = new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: dragged});
    return document.querySelector(where).dispatchEvent(event);
}"""
"""Whether the browser goes on as it would without the page: a file that is dropped is opened in the page's place."""


@pytest.mark.parametrize("where", ["h1", "html", ".drop"])
async def test_a_file_may_be_dropped_anywhere_on_the_page(desk: Desk, browser: Browser, where: str) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{desk.base}/verify")
    files = [list(desk.pdf), [37, 80, 68, 70]]
    for kind in ("dragover", "drop"):
        assert await page.evaluate(DRAG, [where, kind, []]), "words are none of ours"
        assert not await page.evaluate(DRAG, [where, kind, files])
    await page.wait_for_selector("#check-result .notice.good")
    assert await page.evaluate("document.getElementById('file').files.length") == 1
    await context.close()


async def test_without_a_script_the_file_is_sent_and_looked_at(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "own.pdf").write_bytes(desk.pdf)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{desk.base}/verify")
    assert not await page.is_visible(".drop")
    await page.set_input_files("#file", tmp_path / "own.pdf")
    await page.click("form button")
    assert "It is valid" in await page.inner_text("#check-result")
    await context.close()


async def test_a_template_is_seen_while_it_is_written(desk: Desk, organiser: BrowserContext) -> None:
    page = await organiser.new_page()
    await page.goto(f"{desk.base}/certificates/workshops/{WORKSHOP}/template")
    preview, problem = page.locator("#preview"), page.locator("#preview-problem")
    shown = await preview.get_attribute("src")
    await page.fill("#heading-en", "Diploma of honour")
    await page.wait_for_function("shown => document.getElementById('preview').src !== shown", arg=shown)
    await page.fill("#heading-en", "修了証")
    await expect(problem).to_contain_text("no glyph for U+4FEE")
    await page.fill("#heading-en", "Diploma of honour")
    await expect(problem).to_be_empty()
    await organiser.clear_cookies()
    await page.fill("#heading-en", "Diploma of great honour")
    await expect(problem).to_contain_text("not signed in any more")
    await page.close()


async def test_a_template_is_seen_without_script_too(desk: Desk, organiser: BrowserContext, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    await context.add_cookies(await organiser.cookies())  # type: ignore[arg-type]  # what it gave
    page = await context.new_page()
    await page.goto(f"{desk.base}/certificates/workshops/{WORKSHOP}/template")
    shown = await page.locator("#preview").get_attribute("src")
    await page.select_option("#orientation", "portrait")
    await page.get_by_role("button", name="Show the preview").click()
    assert await page.locator("#preview").get_attribute("src") != shown
    assert await page.locator("#orientation").input_value() == "portrait"
    await context.close()
