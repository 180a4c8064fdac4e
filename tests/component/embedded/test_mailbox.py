import json
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from fastapi import FastAPI

from deploy.embedded.mailbox.app import create_app
from deploy.embedded.mailbox.settings import MailboxSettings
from deploy.embedded.mailbox.store import Mailbox

NAMES = ["Ђорђе Петровић", "გიორგი ბერიძე", "Անահիտ Հարությունյան", "Şəhla Ağayeva", "Ștefan Țîrdea"]


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[FastAPI]:
    app = create_app(MailboxSettings(mailbox_directory=tmp_path, smtp_port=0))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def browser(mailbox: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(mailbox), base_url="http://localhost:8000") as client:
        yield client


def compose(name: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Atelier <atelier@example.org>"
    message["To"] = f"{name} <person@example.org>"
    message["Subject"] = f"Welcome, {name}"
    message["X-Atelier-Purpose"] = "confirmation"
    message["Content-Language"] = "en"
    message.set_content(f"Dear {name},\nsee you there.\n")
    message.add_alternative(f"<p>Dear <b>{name}</b></p><script>alert(1)</script>", subtype="html")
    message.add_attachment(f"SUMMARY:{name}".encode(), maintype="text", subtype="calendar", filename=f"{name}.ics")
    return message


async def send(app: FastAPI, message: EmailMessage, recipient: str = "person@example.org") -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=app.state.smtp_port, recipients=[recipient])


@pytest.mark.parametrize("name", NAMES)
async def test_every_script_is_shown_as_it_was_written(mailbox: FastAPI, browser: httpx.AsyncClient, name: str) -> None:
    await send(mailbox, compose(name))

    listed = await browser.get("/mailbox")
    assert name in listed.text
    shown = (await browser.get("/mailbox/messages/1")).text
    assert f"Dear {name}," in shown
    entry = (await browser.get("/mailbox/api/messages")).json()[0]
    assert entry["to"] == f"{name} <person@example.org>"
    assert (entry["subject"], entry["purpose"], entry["recipients"]) == (f"Welcome, {name}", "confirmation", ["person@example.org"])
    attachment = await browser.get("/mailbox/messages/1/attachments/0")
    assert attachment.text == f"SUMMARY:{name}"
    assert attachment.headers["content-type"].startswith("text/calendar")


async def test_a_mails_html_cannot_run_or_load_anything(mailbox: FastAPI, browser: httpx.AsyncClient) -> None:
    await send(mailbox, compose("Ana"))
    policy = (await browser.get("/mailbox/messages/1/html")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy.split("; ")  # without allow-scripts
    assert "<iframe" in (await browser.get("/mailbox/messages/1")).text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            b"Subject: =?koi8-r?B?8PI=?=\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: 8bit\n\n\xf0\xf2",
            "ПР",
        ),
        (b"Subject: x\nContent-Type: text/plain; charset=no-such-charset\n\nplain", "plain"),
        (b"Subject: x\nContent-Type: text/plain; charset=utf-8\n\nbroken \xff byte", "broken � byte"),
        (b"no header at all", "no header at all"),
    ],
)
async def test_a_broken_mail_is_shown_as_far_as_it_can_be_read(tmp_path: Path, source: bytes, text: str) -> None:
    box = Mailbox(tmp_path)
    box.keep(source, mail_from="a@example.org", recipients=["b@example.org"])
    app = create_app(MailboxSettings(mailbox_directory=tmp_path, smtp_port=0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as client:
        message = (await client.get("/mailbox/api/messages/1")).json()
        assert text in (message["text"] or "") or text in str(message["headers"])
        assert (await client.get("/mailbox/messages/1")).status_code == 200
        assert (await client.get("/mailbox/messages/1/source")).content == source


async def test_search_finds_by_address_and_purpose(mailbox: FastAPI, browser: httpx.AsyncClient) -> None:
    await send(mailbox, compose("Ana"), "ana@example.org")
    await send(mailbox, compose("Boro"), "boro@example.org")
    assert "Boro" not in (await browser.get("/mailbox", params={"q": "ANA@example confirm"})).text
    assert len((await browser.get("/mailbox/api/messages", params={"address": "boro@example.org"})).json()) == 1
    assert [each["number"] for each in (await browser.get("/mailbox/api/messages", params={"after": 1})).json()] == [2]


async def test_mails_survive_a_crash_in_the_middle_of_writing_the_index(tmp_path: Path) -> None:
    box = Mailbox(tmp_path)
    for name in NAMES[:3]:
        box.keep(compose(name).as_bytes(), mail_from="a@example.org", recipients=["b@example.org"])
    index = tmp_path / "index.jsonl"
    whole = index.read_text()
    index.write_text(whole[: whole.rindex('"subject"')])

    entries = Mailbox(tmp_path).entries()

    assert [entry.number for entry in entries] == [3, 2, 1]
    assert entries[0].subject == f"Welcome, {NAMES[2]}"
    assert all(json.loads(line) for line in index.read_text().splitlines())


async def test_a_mail_that_is_not_there_says_so(browser: httpx.AsyncClient) -> None:
    for path in ("/mailbox/messages/7", "/mailbox/messages/7/html", "/mailbox/api/messages/7", "/mailbox/messages/7/attachments/0"):
        assert (await browser.get(path)).status_code == 404
