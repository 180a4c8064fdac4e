"""Everyone who got a certificate opens it, keeps the files, and has it verified by a stranger, who keeps what verifying rests on."""

import json
import unicodedata
from collections.abc import Callable, Iterable
from urllib.parse import urljoin, urlsplit

from deploy.demo.page import Page
from deploy.demo.stage import Stage, Story
from deploy.demo.visitor import PageError, Visitor


async def collect_certificates(stage: Stage, story: Story) -> None:
    """For each certificate mail: read the verification page, compare its name, and save PDF and credential under its serial."""
    folder = stage.output / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    mails = await stage.inbox.entries(purpose="certificate")
    async with Visitor(stage.front_door, "en") as stranger:
        for entry in stage.show.each(mails, len(mails)):
            address, serial = entry["recipients"][0], entry["occurrence"].removesuffix(":issued")
            links = await stage.inbox.links(entry["number"])
            where = _first(links, lambda path: path.startswith("/verify/"))
            page = await stranger.read(where)
            _expect(page, serial, story.applicants[address].certificate_name)
            on_page = [urljoin(where, link) for link in page.links]
            file = await stranger.download(_first([*links, *on_page], lambda path: path.endswith(".pdf")))
            if not file.startswith(b"%PDF-"):
                raise PageError(f"The file of certificate {serial} is not a PDF.")
            credential = await stranger.download(_first(on_page, lambda path: path.endswith(".json")))
            (folder / f"{serial}.pdf").write_bytes(file)
            (folder / f"{serial}.json").write_bytes(credential)
            story.certificate_pages[address] = where
            story.status_list = json.loads(credential)["credentialStatus"]["statusListCredential"]
        for name in ("root.crt", "root.crl"):
            (folder / name).write_bytes(await stranger.download(f"/certificates/keys/{name}"))
        (folder / "did.json").write_bytes(await stranger.download("/certificates/did.json"))
    await keep_status_list(stage, story, "status-list.json")


async def keep_status_list(stage: Stage, story: Story, name: str) -> None:
    """Save the list of certificates that are not valid any more, as it is now."""
    async with Visitor(stage.front_door, "en") as stranger:
        (stage.output / "certificates" / name).write_bytes(await stranger.download(story.status_list))


def _first(links: Iterable[str], wanted: Callable[[str], bool]) -> str:
    for link in links:
        if wanted(urlsplit(link).path):
            return link
    raise LookupError("A certificate mail lacks the link to the verification page, or there is none to the file.")


def _expect(page: Page, serial: str, name: str) -> None:
    for part in (serial, unicodedata.normalize("NFC", name)):
        if part not in page.words:
            raise PageError(f"The verification page of certificate {serial} does not show the serial and the name that was given.")
