"""Everyone who got a certificate opens it, keeps the file, and has it verified by a stranger."""

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from deploy.demo.page import Page
from deploy.demo.stage import Stage, Story
from deploy.demo.visitor import PageError, Visitor


async def collect_certificates(stage: Stage, story: Story) -> None:
    """For each certificate mail: read the verification page, compare its name, and save the PDF under its serial."""
    folder = stage.output / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    mails = await stage.inbox.entries(purpose="certificate")
    async with Visitor(stage.front_door, "en") as stranger:
        for entry in stage.show.each(mails, len(mails)):
            address, serial = entry["recipients"][0], entry["occurrence"].removesuffix(":issued")
            address_of_page, page = await _verification_page(stage, stranger, entry["number"])
            _expect(page, serial, story.applicants[address].certificate_name)
            file = await stranger.download(await _file(stage, page, address_of_page, entry["number"]))
            if not file.startswith(b"%PDF-"):
                raise PageError(f"The file of certificate {serial} is not a PDF.")
            (folder / f"{serial}.pdf").write_bytes(file)
            story.certificate_pages[address] = address_of_page


async def _verification_page(stage: Stage, stranger: Visitor, number: int) -> tuple[str, Page]:
    for link in await stage.inbox.links(number):
        if urlsplit(link).path.startswith("/verify/"):
            return link, await stranger.read(link)
    raise LookupError("A certificate mail has no link to the verification page.")


async def _file(stage: Stage, page: Page, address_of_page: str, number: int) -> str:
    links = [urljoin(address_of_page, link) for link in page.links] + list(await stage.inbox.links(number))
    for link in links:
        if PurePosixPath(urlsplit(link).path).suffix == ".pdf":
            return link
    raise LookupError("Neither the certificate mail nor the verification page has a link to the file.")


def _expect(page: Page, serial: str, name: str) -> None:
    for part in (serial, unicodedata.normalize("NFC", name)):
        if part not in page.words:
            raise PageError(f"The verification page of certificate {serial} does not show the serial and the name that was given.")
