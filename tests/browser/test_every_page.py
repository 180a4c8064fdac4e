"""What holds for every page: WCAG 2.2 AA as far as axe can tell, in both schemes; room for 320 pixels; nothing from another host."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Request

from tests.browser.conftest import Site
from tests.browser.strasbourg import personal_path

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
NAMES = [
    "workshops",
    "workshop",
    "form",
    "answer, confirmed",
    "answer, waiting",
    "personal",
    "personal, waiting",
    "personal, withdrawn",
    "withdraw",
    "erase",
    "forged link",
    "nothing here",
    "login",
    "console",
    "console workshop",
    "console people",
    "console remind",
    "console announce",
    "console capacity",
    "console reschedule",
    "console complete",
    "console cancel",
    "console check-in",
    "console check-in, done",
    "console registration",
    "console registration, withdrawn",
    "console correct",
    "console withdraw",
    "console erase",
    "console new",
]


async def violations(page: Page) -> list[str]:
    """What axe finds, as rule and element. The page's policy forbids the injected script, so it comes in past it."""
    found = await Axe().run(page, options=RULES)
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found.response["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("name", NAMES)
async def test_a_page_can_be_used_by_everybody(site: Site, signed_in: BrowserContext, name: str) -> None:
    assert set(NAMES) == set(site.pages), "a page without a test"
    await assert_usable(signed_in, site.base, site.pages[name], name)


@pytest.mark.parametrize("name", ["took part", "missed it", "found no place", "has withdrawn"])
async def test_the_personal_page_can_be_used_by_everybody_when_the_workshop_is_over(
    site_afterwards: Site, browser: Browser, name: str
) -> None:
    people = site_afterwards.furnished
    registrations = {"took part": people.confirmed[0], "missed it": people.confirmed[-1]}
    registrations |= {"found no place": people.waiting[0], "has withdrawn": people.withdrawn}
    context = await browser.new_context()
    await assert_usable(context, site_afterwards.base, personal_path(people, registrations[name]), name)
    await context.close()


async def test_signing_in_with_a_wrong_password_leads_to_what_is_wrong(site: Site, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 800}, locale="fr-FR")
    page = await context.new_page()
    await page.goto(site.base + "/console/login")
    await page.fill("#address", "nobody@example.org")
    await page.fill("#password", "wrong")
    await page.click("main button")
    await page.wait_for_selector("[role=alert]")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await context.close()


async def assert_usable(context: BrowserContext, base: str, path: str, name: str) -> None:
    """In both schemes and languages, on a narrow and a wide screen."""
    page = await context.new_page()
    hosts: set[str] = set()

    def note(request: Request) -> None:
        if not request.url.startswith("data:"):
            hosts.add("/".join(request.url.split("/")[:3]))

    page.on("request", note)
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" and "404" not in message.text else None)
    for scheme, width, language in (("light", 320, "en"), ("dark", 1280, "fr")):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} pixels"
        assert await page.evaluate("document.documentElement.lang") == language
        assert await violations(page) == [], f"{name}, {scheme}, {language}"
        small = await page.evaluate(
            """() => [...document.querySelectorAll('button, .button, input:not([type=hidden]), select, nav a')]
                .filter(e => e.offsetParent).map(e => [e.getBoundingClientRect(), e.outerHTML.slice(0, 80)])
                .filter(([box]) => box.height < 24 || box.width < 24).map(([, html]) => html)"""
        )
        assert small == [], "targets of less than 24 pixels"
    assert hosts == {base}
    assert problems == []
    await page.close()
