"""The holder's page of a certificate: a share page is switched on there, and off again."""

import httpx

from services.registration.storage.shares import find_token
from tests.component.pages.conftest import HERE, Site

ORIGIN = {"origin": "null"}
"""As browsers send it from a page without referrer."""


async def share_of(site: Site, registration_id: object) -> str | None:
    async with site.app.state.pool.acquire() as connection:
        return await find_token(connection, registration_id)  # type: ignore[arg-type]  # an id


async def post(site: Site, path: str) -> httpx.Response:
    return await site.browser.post(path, headers=ORIGIN)


async def test_it_is_explained_switched_on_shown_and_switched_off(site: Site) -> None:
    holder = site.furnished.confirmed[0]
    link = site.my(holder)
    before = await site.page(link)
    assert "Whoever has the PDF or its code can open the page that proves it all the same." in before.get_text()
    assert before.select_one(f"form[method=post][action='{link}/share'] button") is not None
    answer = await post(site, f"{link}/share")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}#share")
    token = await share_of(site, holder)
    address = f"{HERE}/certificates/shared/{token}"
    page = await site.page(link)
    shown = page.select_one("input#share-page[readonly]")
    assert shown is not None
    assert shown["value"] == address
    assert page.select_one(f"label[for=share-page] ~ p a[href='{address}']") is not None
    assert not page.select(f"form[action='{link}/share']")
    assert (await post(site, f"{link}/share")).status_code == 303
    assert await share_of(site, holder) == token
    answer = await post(site, f"{link}/stop-sharing")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}#share")
    after = await site.page(link)
    assert str(token) not in str(after)
    assert after.select(f"form[action='{link}/share']")
    assert (await post(site, f"{link}/stop-sharing")).status_code == 303, "a second click on an old page is no error"


async def test_in_french_too(site: Site) -> None:
    link = site.my(site.furnished.confirmed[0])
    assert "Activer la page de partage" in (await site.page(f"{link}?lang=fr")).get_text()
    await post(site, f"{link}/share")
    assert "Désactiver la page de partage" in (await site.page(f"{link}?lang=fr")).get_text()


async def test_without_a_certificate_nothing_is_offered_and_a_form_from_before_is_refused(site: Site) -> None:
    link = site.my(site.furnished.confirmed[1])
    assert not (await site.page(link)).select("form")
    refused = await post(site, f"{link}/share")
    assert refused.status_code == 409
    assert "You have no valid certificate at the moment" in refused.text
    assert f'href="{link}"' in refused.text
    assert refused.headers["referrer-policy"] == "no-referrer"
    assert await share_of(site, site.furnished.confirmed[1]) is None


async def test_one_that_is_on_can_be_switched_off_when_the_certificate_is_gone(site: Site) -> None:
    link = site.my(site.furnished.confirmed[0])
    await post(site, f"{link}/share")
    await site.value("UPDATE certificate_outcomes SET state = 'revoked' RETURNING 1")
    page = await site.page(link)
    assert page.select_one(f"form[action='{link}/stop-sharing']") is not None
    assert not page.select("a[href$='.pdf']")
    await post(site, f"{link}/stop-sharing")
    assert not (await site.page(link)).select("form")


async def test_after_erasure_it_is_gone(site: Site) -> None:
    holder = site.furnished.confirmed[0]
    link = site.my(holder)
    await post(site, f"{link}/share")
    await post(site, f"{link}/erase")
    assert await share_of(site, holder) is None
    for command in ("share", "stop-sharing"):
        assert (await post(site, f"{link}/{command}")).status_code == 410
    assert (await post(site, "/my/forged/share")).status_code == 404


async def test_organisers_see_that_it_was_switched_and_that_an_answer_is_expected(site: Site) -> None:
    holder = site.furnished.confirmed[0]
    await post(site, f"{site.my(holder)}/share")
    token = await share_of(site, holder)
    await site.sign_in()
    page = await site.page(f"/console/registrations/{holder}")
    [row] = [row for row in page.select("#acted-caption ~ tbody tr") if "Share page switched on" in row.get_text()]
    assert [" ".join(cell.get_text(" ").split()) for cell in row.select("td")][3:] == ["no answer expected", "not yet"]
    assert str(token) not in str(page)
