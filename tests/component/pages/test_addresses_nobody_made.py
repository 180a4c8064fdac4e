"""Addresses and fields that no page of ours leads to: answered as mistakes of whoever sent them."""

import pytest

from tests.component.pages.conftest import HERE, Site

OWN = {"origin": HERE}


@pytest.mark.parametrize("slug", ["%00", "a%00b", "..%2f..", "Strasbourg", "%EF%BF%BD", "a--b"])
@pytest.mark.parametrize("page", ["", "/register", "/registered/x"])
async def test_what_cannot_be_a_workshops_name_is_not_found(site: Site, slug: str, page: str) -> None:
    await site.page(f"/workshops/{slug}{page}", 404)


async def test_no_text_makes_a_page_of_the_console_fail(site: Site) -> None:
    await site.sign_in()
    await site.page(f"{site.workshop}?q=%00", 422)
    await site.page(f"{site.workshop}?after={'9' * 30}")
    await site.page(f"{site.workshop}?state=%00")
    await site.page("/console?after=%00")
    await site.page(f"{site.workshop}/check-in/%00", 404)
    await site.page(f"{site.workshop}/check-in/day-1?q=%00&done=%00")
    for data in ({"address": "%00"}, {"address": "\x00@example.org", "password": "\x00"}):
        assert (await site.browser.post("/console/login", data=data, headers=OWN)).status_code == 422
    answer = await site.browser.post(f"{site.workshop}/do/remind", data={"request_key": "\x00"}, headers=OWN)
    assert answer.status_code == 422
    person = await site.value("SELECT id FROM registrations WHERE state = 'confirmed' LIMIT 1")
    answer = await site.browser.post(f"{site.workshop}/check-in/%00", data={"registration_id": str(person), "present": "yes"}, headers=OWN)
    assert answer.status_code < 500
