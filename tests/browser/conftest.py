"""A real Chromium and the registration pages behind a real server. Without a Chromium these tests are skipped and say why."""

import asyncio
import os
import shutil
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from services.registration.domain.actor import organiser
from services.registration.domain.places import Answer, Outcome
from services.registration.use_cases.complete_workshop import complete_workshop
from services.registration.web.answer_receipt import AnswerReceipts
from tests.browser.strasbourg import ADDRESS, PASSWORD, Furnished, create_settings, furnish, personal_path, running
from tests.conftest import _administer, database_address
from tests.waiting import eventually

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DURING = datetime(2023, 10, 24, 7, 30, tzinfo=UTC)
AFTERWARDS = datetime(2023, 10, 26, 15, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """The served pages; `base` is their address."""

    base: str
    furnished: Furnished
    receipts: AnswerReceipts

    def answer(self, answer: Answer) -> str:
        """The path of the page that answers a form."""
        slug = self.furnished.workshop.definition.slug
        return f"/workshops/{slug}/registered/{self.receipts.issue(slug, answer)}"

    @property
    def pages(self) -> dict[str, str]:
        """The path of every page, by what it is."""
        workshop, my = f"/console/workshops/{self.furnished.workshop.id}", personal_path(self.furnished, self.furnished.confirmed[0])
        person = f"/console/registrations/{self.furnished.confirmed[0]}"
        commands = {
            f"console {name}": f"{workshop}/do/{name}" for name in ("remind", "announce", "capacity", "reschedule", "complete", "cancel")
        }
        return commands | {
            "workshops": "/workshops",
            "workshop": "/workshops/strasbourg-2023",
            "form": "/workshops/strasbourg-2023/register",
            "answer, confirmed": self.answer(Answer(Outcome.CONFIRMED)),
            "answer, waiting": self.answer(Answer(Outcome.WAITING, 14)),
            "personal": my,
            "personal, waiting": personal_path(self.furnished, self.furnished.waiting[2]),
            "personal, withdrawn": personal_path(self.furnished, self.furnished.withdrawn),
            "withdraw": my + "/withdraw",
            "erase": my + "/erase",
            "forged link": "/my/forged",
            "nothing here": "/nothing-here",
            "login": "/console/login",
            "console": "/console",
            "console workshop": workshop,
            "console people": workshop + "?state=waiting&q=a",
            "console check-in": f"{workshop}/check-in/day-1",
            "console check-in, done": f"{workshop}/check-in/day-1?q=a&done={self.furnished.confirmed[0]}",
            "console registration": person,
            "console registration, withdrawn": f"/console/registrations/{self.furnished.withdrawn}",
            "console correct": person + "/correct",
            "console withdraw": person + "/withdraw",
            "console erase": person + "/erase",
            "console new": "/console/new",
        }


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path: `CHROMIUM`, else where Debian puts it."""
    wanted = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    path = shutil.which(wanted)
    if path is None:
        pytest.skip(f"NO BROWSER TESTS: there is no Chromium at {wanted}. Install one (Debian: apt install chromium) or set CHROMIUM.")
    return path


@pytest.fixture(scope="session")
async def site(
    chromium: str, postgres: str, _templates: Callable[[str], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with _serving(postgres, await _templates("registration"), tmp_path_factory.mktemp("keys"), now=DURING) as site:
        yield site


@pytest.fixture(scope="session")
async def site_afterwards(
    chromium: str, postgres: str, _templates: Callable[[str], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """As `site`, when the workshop is completed."""
    template = await _templates("registration")
    async with _serving(postgres, template, tmp_path_factory.mktemp("keys"), now=AFTERWARDS, completed=True) as site:
        yield site


@asynccontextmanager
async def _serving(postgres: str, template: str, folder: Path, *, now: datetime, completed: bool = False) -> AsyncIterator[Site]:
    name = f"browser_{uuid.uuid4().hex[:12]}"
    await _administer(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        settings = create_settings(database_address(postgres, name), folder, public_url=base, now=now)
        async with running(settings) as app:
            furnished = await furnish(app.state.pool)
            if completed:
                async with app.state.pool.acquire() as connection, connection.transaction():
                    await complete_workshop(connection, furnished.workshop.id, actor=organiser(furnished.organiser_id), now=now)
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
            serving = asyncio.create_task(server.serve(sockets=[taken]))
            await eventually(_started(server), within=10, what="the server has started")
            yield Site(base, furnished, app.state.answer_receipts)
            server.should_exit = True
            await serving
    await _administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        await opened.close()


@pytest.fixture(scope="session")
async def signed_in(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context()
    page = await context.new_page()
    await sign_in(page, site)
    yield context
    await context.close()


async def sign_in(page: Page, site: Site) -> None:
    await page.goto(site.base + "/console/login")
    await page.fill("#address", ADDRESS)
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url(site.base + "/console")


def _started(server: uvicorn.Server) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return server.started

    return check


@pytest.fixture(scope="session", autouse=True)
def _fixed_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Chromium keeps its profile in a folder of the run's own."""
    os.environ.setdefault("XDG_CONFIG_HOME", str(Path(tmp_path_factory.mktemp("chromium"))))
