"""Headers on every answer, and the check of where a form stood."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from shared.web.error_pages import install_error_pages
from shared.web.forms import read_fields
from shared.web.pages import STYLESHEET_PATH, Pages, install_look

HERE = "https://atelier.example"


def client(public_url: str = HERE) -> httpx.AsyncClient:
    app = FastAPI()
    install_look(app, public_url=public_url, secret_paths=("/my/",))
    install_error_pages(app, Pages(Path(__file__).parent, None))

    @app.post("/form")
    @app.post("/my/secret")
    async def accept(request: Request) -> dict[str, str]:
        return await read_fields(request, most_bytes=1000)

    @app.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError

    @app.get("/own")
    async def own() -> Response:
        return Response(headers={"Referrer-Policy": "no-referrer"})

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=public_url)


async def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere() -> None:
    async with client() as browser:
        for path in ("/nothing-here", STYLESHEET_PATH, "/own"):
            headers = (await browser.get(path)).headers
            policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
            assert policy == {
                "default-src": "'none'",
                "style-src": "'self'",
                "img-src": "'self' data:",
                "form-action": "'self'",
                "frame-ancestors": "'none'",
                "base-uri": "'none'",
            }
            assert headers["x-content-type-options"] == "nosniff"
            assert "max-age" in headers["strict-transport-security"]
        assert headers["referrer-policy"] == "no-referrer"


async def test_https_is_insisted_on_only_where_there_is_https() -> None:
    async with client("http://127.0.0.1:8000") as browser:
        assert "strict-transport-security" not in (await browser.get("/own")).headers


async def test_the_stylesheet_is_kept_for_ever_under_its_own_hash_only() -> None:
    async with client() as browser:
        assert "immutable" in (await browser.get(STYLESHEET_PATH)).headers["cache-control"]
        assert (await browser.get("/static/0000/atelier.css")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": HERE}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "https://127.0.0.1"}, 200),
        ({}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": HERE + ".evil.example"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": HERE}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example", "authorization": "Bearer x"}, 200),
    ],
)
async def test_a_form_on_another_site_does_nothing(headers: dict[str, str], status: int) -> None:
    async with client() as browser:
        assert (await browser.post("/form", data={"a": "1"}, headers=headers)).status_code == status


async def test_a_path_with_a_secret_needs_no_origin() -> None:
    async with client() as browser:
        assert (await browser.post("/my/secret", data={"a": "1"}, headers={"origin": "null"})).status_code == 200


async def test_forms_are_read_within_bounds() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with client() as browser:
        assert (await browser.post("/form", content=b"a=%C5%BD&a=2&b=%FF", headers=form)).json() == {"a": "Ž", "b": "\ufffd"}
        assert (await browser.post("/form", content=b"a=" + b"x" * 1000, headers=form)).status_code == 413
        assert (await browser.post("/form", json={"a": 1})).status_code == 415


async def test_errors_are_pages_for_people_and_stay_plain_for_programs() -> None:
    async with client() as browser:
        page = await browser.get("/nothing", headers={"accept-language": "fr"})
        assert page.status_code == 404
        assert "Il n’y a rien ici" in page.text
        assert page.headers["content-language"] == "fr"
        assert (await browser.get("/api/nothing")).json() == {"detail": "Not Found"}


async def test_a_database_that_is_away_is_a_page_that_says_to_come_back() -> None:
    async with client() as browser:
        page = await browser.get("/away")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "10"
    assert "Please come back in a minute" in page.text
    assert "content-security-policy" in page.headers
