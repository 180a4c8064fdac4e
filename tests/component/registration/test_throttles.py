"""The limits on the forms anybody may send, through HTTP: who is refused, who is not, and that nothing is done for who is."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.registration.settings import RegistrationSettings
from services.registration.use_cases.create_organiser import create_organiser
from services.registration.web_app import create_app
from tests.component.registration.material import NOW, counts, open_one
from tests.component.registration.test_form_over_http import fields

PASSWORD = "correct horse battery"

Browser = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def app(settings: RegistrationSettings) -> AsyncIterator[FastAPI]:
    """Two of each kind a minute."""
    made = create_app(settings.model_copy(update={"form_rate_limit": "2/minute", "login_rate_limit": "2/minute"}))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """Makes browsers at network addresses."""
    made: list[httpx.AsyncClient] = []

    def at(host: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app, client=(host, 50_000))
        made.append(httpx.AsyncClient(transport=transport, base_url="http://atelier.example", headers={"origin": "http://atelier.example"}))
        return made[-1]

    yield at
    for client in made:
        await client.aclose()


async def test_too_many_submissions_from_one_place_are_refused_and_kept_nowhere(browser: Browser, connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=10)
    form = f"/workshops/{workshop.definition.slug}/register"
    crowd, other = browser("192.0.2.1"), browser("192.0.2.2")
    answers = [await crowd.post(form, data=fields(f"{number}@example.org")) for number in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert "2@example.org" in answers[2].text, "what was typed is not lost"
    assert await counts(connection, workshop.id) == (2, 0)
    assert (await other.post(form, data=fields("2@example.org"))).status_code == 303
    assert await counts(connection, workshop.id) == (3, 0)


@pytest.mark.parametrize(
    "attempts",
    [
        [("192.0.2.1", "a@example.org"), ("192.0.2.1", "b@example.org"), ("192.0.2.1", "olga@example.org")],
        [("192.0.2.1", "olga@example.org"), ("192.0.2.2", " OLGA@example.org"), ("192.0.2.3", "olga@example.org")],
    ],
    ids=["one client, many accounts", "one account, many clients"],
)
async def test_too_many_guesses_are_refused_even_the_right_one(
    browser: Browser, connection: asyncpg.Connection, attempts: list[tuple[str, str]]
) -> None:
    await create_organiser(connection, "olga@example.org", "Olga", PASSWORD, now=NOW)
    *guesses, (last_host, last_address) = attempts
    for host, address in guesses:
        assert (await browser(host).post("/console/login", data={"address": address, "password": "wrong"})).status_code == 422
    right = {"address": last_address, "password": PASSWORD}
    refused = await browser(last_host).post("/console/login", data=right)
    assert refused.status_code == 429
    assert "set-cookie" not in refused.headers


async def test_the_right_password_from_elsewhere_signs_in(browser: Browser, connection: asyncpg.Connection) -> None:
    await create_organiser(connection, "olga@example.org", "Olga", PASSWORD, now=NOW)
    for number in range(3):
        await browser("192.0.2.1").post("/console/login", data={"address": f"{number}@example.org", "password": "wrong"})
    answer = await browser("192.0.2.2").post("/console/login", data={"address": "olga@example.org", "password": PASSWORD})
    assert answer.status_code == 303
