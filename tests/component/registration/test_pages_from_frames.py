"""What a visitor sees is the same whether the page was kept or is made for them: through a workshop's whole life, in each language."""

import re
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.registration.domain.places import Answer, Outcome
from services.registration.domain.workshop import Workshop
from services.registration.use_cases.cancel_workshop import cancel_workshop
from services.registration.use_cases.change_capacity import change_capacity
from tests.component.registration.material import NOW, ORGANISER, open_one, place, submission


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://atelier.example") as client:
        yield client


def comparable(page: httpx.Response) -> tuple[int, str]:
    """Without the form's own token, and without the query by which a page is made anew."""
    text = re.sub(r'name="form_token" value="[0-9a-f-]{36}"', "token", page.text)
    return page.status_code, text.replace("?whole=1&amp;lang=", "?lang=")


async def look(browser: httpx.AsyncClient, app: FastAPI, workshop: Workshop) -> list[str]:
    """All pages in both languages, twice; returns what they say."""
    slug, receipts = workshop.definition.slug, app.state.answer_receipts
    answers = [receipts.issue(slug, answer) for answer in (Answer(Outcome.CONFIRMED), Answer(Outcome.WAITING, 7), Answer(Outcome.FULL))]
    said = []
    for path in (f"/workshops/{slug}", f"/workshops/{slug}/register", *(f"/workshops/{slug}/registered/{answer}" for answer in answers)):
        for language in ("en", "fr"):
            headers = {"accept-language": language}
            whole = comparable(await browser.get(f"{path}?whole=1", headers=headers))
            for _ in range(2):
                assert comparable(await browser.get(path, headers=headers)) == whole
            said.append(whole[1])
    return said


async def test_pages_from_frames_are_pages(app: FastAPI, browser: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=2)
    lives = [await look(browser, app, workshop)]
    await place(connection, workshop.id, submission())
    lives.append(await look(browser, app, workshop))
    await place(connection, workshop.id, submission(), submission())
    lives.append(await look(browser, app, workshop))
    await change_capacity(connection, workshop.id, 4, actor=ORGANISER, now=NOW)
    lives.append(await look(browser, app, workshop))
    await cancel_workshop(connection, workshop.id, {"en": "No room.", "fr": "Pas de salle."}, actor=ORGANISER, now=NOW)
    lives.append(await look(browser, app, workshop))
    pages = [said[0] for said in lives]
    assert len(set(pages)) == len(pages), "each step shows"


async def test_each_form_has_a_token_of_its_own(browser: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    pages = [(await browser.get(f"/workshops/{workshop.definition.slug}/register")).text for _ in range(3)]
    tokens = {token for page in pages for token in re.findall(r'name="form_token" value="([0-9a-f-]{36})"', page)}
    assert len(tokens) == 3
