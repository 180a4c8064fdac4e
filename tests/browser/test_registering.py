"""Registering as people do it: without script, over a slow line, with the keyboard."""

import re
from uuid import uuid4

from playwright.async_api import Browser, BrowserContext, Page, Response

from tests.browser.conftest import Site
from tests.browser.test_every_page import violations

FORM = "/workshops/strasbourg-2023/register"
MOST_BYTES = 60_000


async def fill(page: Page, address: str) -> None:
    await page.fill("#given_name", "Ђорђе")
    await page.fill("#family_name", "Живковић")
    await page.fill("#address", address)
    await page.select_option("#country", "RS")


async def test_a_person_registers_without_script_with_few_bytes_from_one_host(browser: Browser, site: Site) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="en-GB")
    page = await context.new_page()
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    await page.goto(site.base + FORM)
    await fill(page, f"{uuid4().hex}@example.org")
    await page.click("main button")
    await page.wait_for_url("**/registered/**")
    assert re.fullmatch(r"You are number \d+ in the line", await page.inner_text("h1"))
    pages = [answer for answer in answers if answer.request.resource_type == "document"]
    assert [answer.status for answer in pages] == [200, 303, 200]
    assert all(answer.url.startswith((site.base, "data:")) for answer in answers)
    total = 0
    for answer in answers:
        if not answer.url.startswith("data:"):
            sizes = await answer.request.sizes()
            total += sum(sizes[part] for part in ("requestBodySize", "requestHeadersSize", "responseBodySize", "responseHeadersSize"))
    assert 5_000 < total < MOST_BYTES
    await context.close()


async def test_an_error_is_where_the_keyboard_is_and_leads_to_its_field(browser: Browser, site: Site) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    page = await context.new_page()
    await page.goto(site.base + FORM)
    await fill(page, "djordje@")
    await page.focus("main button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[role=alert]")
    assert await page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert await violations(page) == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_function("document.activeElement.id === 'address'")
    assert await page.input_value("#address") == "djordje@"
    assert await page.input_value("#family_name") == "Живковић"
    assert await page.input_value("#country") == "RS"
    tops = await page.evaluate("['address-error', 'address'].map(id => document.getElementById(id).getBoundingClientRect().top)")
    assert tops[0] < tops[1]
    await context.close()


async def test_on_a_phone_the_box_stands_above_the_form_and_on_a_desk_beside_it(browser: Browser, site: Site) -> None:
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    for width, above in ((390, True), (1280, False)):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.goto(site.base + FORM)
        box, form = await page.locator("aside").bounding_box(), await page.locator("form").bounding_box()
        assert box is not None
        assert form is not None
        assert (box["y"] + box["height"] <= form["y"]) is above
        assert (box["x"] >= form["x"] + form["width"]) is not above
    await context.close()


async def test_the_first_tab_offers_to_skip_to_the_content(browser: Browser, site: Site) -> None:
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(site.base + "/workshops/strasbourg-2023")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"
    await context.close()


async def test_a_person_withdraws_from_a_page_that_sends_no_referrer(browser: Browser, site: Site, signed_in: BrowserContext) -> None:
    page = await signed_in.new_page()
    await page.goto(site.base + site.pages["personal, waiting"])
    await page.click("a[href$='/withdraw']")
    await page.click("main button")
    await page.wait_for_selector("h1:has-text('You have withdrawn'), h1:has-text('Votre inscription est retirée')")
    await page.close()


async def test_people_are_checked_in_by_name_on_a_phone(browser: Browser, site: Site, signed_in: BrowserContext) -> None:
    page = await signed_in.new_page()
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.goto(f"{site.base}/console/workshops/{site.furnished.workshop.id}/check-in/day-3?lang=en")
    await page.fill("#q", "hadzic")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**q=hadzic**")
    button = page.locator(".door button").first
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    await button.click()
    await page.wait_for_selector("[role=status]")
    assert "1 of 66 present" in await page.inner_text("main")
    await page.close()
