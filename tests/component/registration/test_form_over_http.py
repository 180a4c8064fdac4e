"""The public form through HTTP: what a fresh submission, a repeated one and somebody else's see."""

import re
from collections.abc import AsyncIterator
from urllib.parse import unquote_to_bytes, urlencode
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.component.registration.material import counts, open_one, published


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://atelier.example") as client:
        yield client


def fields(address: str, **changes: str) -> dict[str, str]:
    values = {
        "address": address,
        "given_name": "Ana",
        "family_name": "Šehović",
        "country": "BA",
        "language": "en",
        "form_token": str(uuid4()),
    }
    return values | changes


async def send(browser: httpx.AsyncClient, slug: str, form: dict[str, str]) -> httpx.Response:
    """Submit and follow to the answer page."""
    answer = await browser.post(f"/workshops/{slug}/register", data=form)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


def shown(page: httpx.Response) -> str:
    """The page without what differs between any two requests."""
    return re.sub(r"/registered/[\w.\-]+", "/registered/…", page.text)


async def test_a_second_submission_of_an_address_cannot_be_told_from_a_fresh_one(
    browser: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    workshop = await open_one(connection, capacity=1)
    slug = workshop.definition.slug
    await send(browser, slug, fields("a@example.org"))
    await send(browser, slug, fields("b@example.org"))
    again = await send(browser, slug, fields("A@example.org", given_name="Mallory"))
    fresh = await send(browser, slug, fields("c@example.org"))
    assert again.status_code == fresh.status_code == 200
    assert shown(again) == shown(fresh)
    assert {name: value for name, value in again.headers.items() if name != "x-correlation-id"} == {
        name: value for name, value in fresh.headers.items() if name != "x-correlation-id"
    }
    assert await counts(connection, workshop.id) == (1, 2)
    assert await connection.fetchval("SELECT count(*) FROM participants WHERE given_name = 'Mallory'") == 0
    assert len(await published(connection, kinds="registration.link_requested%")) == 1


async def test_the_browser_with_the_same_form_sees_its_answer_again(browser: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    form = fields("a@example.org")
    first = await send(browser, workshop.definition.slug, form)
    await send(browser, workshop.definition.slug, fields("b@example.org"))
    assert shown(await send(browser, workshop.definition.slug, form)) == shown(first)
    assert await counts(connection, workshop.id) == (1, 1)


async def test_no_answer_page_shows_the_personal_link_or_the_person(browser: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    page = await send(browser, workshop.definition.slug, fields("a@example.org"))
    for secret in ("/my/", "a@example.org", "Šehović"):
        assert secret not in page.text
        assert secret not in str(page.url)


async def test_a_submission_carries_one_correlation_id_into_its_events(browser: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    answer = await browser.post(
        f"/workshops/{workshop.definition.slug}/register", data=fields("a@example.org"), headers={"X-Correlation-ID": "from-the-browser"}
    )
    assert answer.headers["x-correlation-id"] == "from-the-browser"
    payloads = [
        row["payload"].decode()
        for row in await connection.fetch("SELECT payload FROM outbox WHERE topic IN ('registrations', 'participants')")
    ]
    assert len(payloads) == 2
    assert all('"correlationid":"from-the-browser"' in payload for payload in payloads)


async def test_a_draft_cannot_be_registered_for(browser: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await connection.execute("UPDATE workshops SET state = 'draft' WHERE id = $1", workshop.id)
    answer = await browser.post(f"/workshops/{workshop.definition.slug}/register", data=fields("a@example.org"))
    assert answer.status_code == 404
    assert await connection.fetchval("SELECT count(*) FROM registrations") == 0


async def test_letters_that_did_not_arrive_readable_are_asked_for_again(browser: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    body = urlencode(fields("a@example.org") | {"family_name": "été"}, encoding="latin-1", errors="replace")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for sent in (body, unquote_to_bytes(body)):  # percent-encoded and raw
        answer = await browser.post(f"/workshops/{workshop.definition.slug}/register", content=sent, headers=headers)
        assert answer.status_code == 422
        assert "Family name: some letters did not arrive readable, please type them again" in answer.text
    assert await connection.fetchval("SELECT count(*) FROM registrations") == 0
