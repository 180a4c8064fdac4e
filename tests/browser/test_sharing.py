"""The holder's switch in a real browser: with the keyboard, without a script, usable whether it is on or off."""

from playwright.async_api import Browser, expect

from tests.browser.conftest import Site
from tests.browser.strasbourg import personal_path
from tests.browser.test_every_page import assert_usable


async def test_a_share_page_is_switched_on_and_off_by_keyboard_and_without_a_script(site_afterwards: Site, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site_afterwards.base + personal_path(site_afterwards.furnished, site_afterwards.furnished.confirmed[0]))
    await page.get_by_role("button", name="Switch the share page on").focus()
    await page.keyboard.press("Enter")
    address = page.get_by_role("textbox", name="Address of your share page")
    await expect(address).to_have_value(site_afterwards.base + "/certificates/shared/" + (await address.input_value()).rpartition("/")[2])
    await expect(page.get_by_role("link", name="Open the share page")).to_have_attribute("href", await address.input_value())
    await page.get_by_role("button", name="Switch the share page off").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Switch the share page on")).to_be_visible()
    await expect(address).to_have_count(0)
    await context.close()


async def test_the_personal_page_can_be_used_by_everybody_while_the_certificate_is_shared(site_afterwards: Site, browser: Browser) -> None:
    path = personal_path(site_afterwards.furnished, site_afterwards.furnished.confirmed[0])
    context = await browser.new_context()
    assert (await context.request.post(f"{site_afterwards.base}{path}/share")).ok
    await assert_usable(context, site_afterwards.base, path, "shared")
    assert (await context.request.post(f"{site_afterwards.base}{path}/stop-sharing")).ok
    await assert_usable(context, site_afterwards.base, path, "not shared")
    await context.close()
