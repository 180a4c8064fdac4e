"""A person with a browser: reads pages, fills in forms, follows the personal link. Sees only what everybody sees."""

import functools
import ssl
import time
from collections.abc import Mapping
from typing import Self
from urllib.parse import urljoin

import httpx

from deploy.demo.page import Page, read_page
from deploy.demo.people import Applicant


class PageError(RuntimeError):
    """The site answered with something a person could not go on from."""


class Visitor:
    """One person's browser with its own cookies. `front_door` is the site's address without a trailing slash."""

    def __init__(self, front_door: str, language: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._browser = httpx.AsyncClient(
            base_url=front_door,
            follow_redirects=True,
            timeout=30,
            trust_env=False,
            transport=transport,
            verify=_tls(),
            headers={"accept-language": language},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._browser.aclose()

    async def read(self, address: str) -> Page:
        """Open a page. Raises PageError for any answer but a page."""
        return _page(await self._browser.get(address))

    async def download(self, address: str) -> bytes:
        """Fetch a file. Raises PageError where there is none."""
        answer = await self._browser.get(address)
        if answer.is_error:
            raise PageError(f"{_asked(answer)} was answered {answer.status_code}")
        return answer.content

    async def apply(self, slug: str, applicant: Applicant) -> tuple[Page, float]:
        """Read the announcement, fill in the form and send it.

        Returns the answer page, and the real time (seconds since the epoch) at which the form was sent.
        """
        await self.read(f"/workshops/{slug}?lang={applicant.language}")
        address = f"/workshops/{slug}/register?lang={applicant.language}"
        form = (await self.read(address)).form_with("form_token", *applicant.form_values())
        sent = time.time()
        return await self.send(urljoin(address, form.action), form.values | applicant.form_values()), sent

    async def press(self, address: str, ending: str) -> Page:
        """Open a page and press the button of the form that posts to `ending`, there or where a link with that ending leads."""
        page = await self.read(address)
        link = next((link for link in page.links if link.endswith(ending)), None)
        asked = address if link is None else urljoin(address, link)
        form = (page if link is None else await self.read(asked)).form_to(ending)
        return await self.send(urljoin(asked, form.action), form.values)

    async def send(self, address: str, values: Mapping[str, str]) -> Page:
        """Post a form as the site's own pages do. Raises PageError for any answer but a page."""
        return _page(await self._browser.post(address, data=dict(values), headers={"origin": str(self._browser.base_url).rstrip("/")}))


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates of the world once is enough for eighty browsers."""
    return ssl.create_default_context()


def _page(answer: httpx.Response) -> Page:
    page = read_page(answer.text)
    if answer.is_error:
        raise PageError(f"{_asked(answer)} was answered {answer.status_code}: {page.words[:300]}")
    return page


def _asked(answer: httpx.Response) -> str:
    """What was asked for; the rest of the path may be somebody's secret link."""
    return f"{answer.request.method} /{answer.request.url.path.split('/')[1]}/…"
