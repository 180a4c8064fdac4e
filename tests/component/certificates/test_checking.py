"""Checking by the file: compared by its hash, or sent and looked at."""

import asyncio
import hashlib
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pypdf
import pytest
from fastapi import FastAPI

from services.certificates.document.check import Credential, Seal, check
from services.certificates.document.keys import KeysUnusableError, read_public, read_signing
from services.certificates.document.making_keys import make_keys, withdraw_seal
from services.certificates.document.produce import Producer
from services.certificates.web.checking import MOST_BYTES, Queue
from tests.component.certificates.story import Service, Story
from tests.component.certificates.visits import issued
from tests.component.certificates.wordings import order
from tests.validators.tampering import one_byte_changed, painted_over
from tests.waiting import eventually

ORIGIN = {"Origin": "https://atelier.example"}


async def document(service: Service, story: Story) -> bytes:
    await issued(service, story)
    pdf: bytes = await service.pool.fetchval("SELECT pdf FROM documents")
    return pdf


async def send(browser: httpx.AsyncClient, content: bytes, *, name: str = "certificate.pdf") -> httpx.Response:
    return await browser.post("/verify", files={"file": (name, content, "application/pdf")}, headers=ORIGIN)


async def test_a_file_is_known_by_its_hash_and_by_nothing_else(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    pdf = await document(service, story)
    [certificate] = await service.certificates()
    known = await browser.get(f"/verify/known/{hashlib.sha256(pdf).hexdigest()}")
    assert known.json() == {"state": "valid", "page": f"/verify/{certificate['verification_token']}"}
    for other in (hashlib.sha256(one_byte_changed(pdf)).hexdigest(), "0" * 64, "x", certificate["serial"]):
        unknown = await browser.get(f"/verify/known/{other}")
        assert (unknown.status_code, unknown.json()) == (404, {"state": "unknown"})


async def test_the_hash_says_what_became_of_it_and_is_gone_after_erasure(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    address = f"/verify/known/{hashlib.sha256(await document(service, story)).hexdigest()}"
    [certificate] = await service.certificates()
    story.attendance(certificate["registration_id"], "day-2", present=False)
    await service.read_all(story)
    await service.work()
    assert (await browser.get(address)).json()["state"] == "revoked"
    story.erased(certificate["registration_id"])
    await service.read_all(story)
    await service.work()
    assert (await browser.get(address)).json() == {"state": "unknown"}


async def test_what_is_sent_is_looked_at(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    pdf = await document(service, story)
    unsealed = pdf[: pdf.index(b"%%EOF") + 6]
    for content, words in (
        (pdf, "This is exactly the file that was issued, and the certificate is valid."),
        (one_byte_changed(pdf), "It was changed after it was sealed"),
        (painted_over(pdf), "It was changed after it was sealed"),
        (unsealed, "It has no seal"),
        (b"%PDF-1.7 and no more", "This is not a PDF file that can be read"),
        (b"\x00" * 1000, "This is not a PDF file that can be read"),
    ):
        page = await send(browser, content)
        assert page.status_code == 200
        assert words in page.text


async def test_a_seal_of_ours_that_nobody_knows_is_not_called_valid(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    pdf = await document(service, story)
    await service.pool.execute("UPDATE certificates SET sha256 = repeat('0', 64), verification_token = repeat('0', 22)")
    page = await send(browser, pdf)
    assert "Sealed by us, and not known here" in page.text
    assert "signed by us, nothing changed since" in page.text


def saved_anew(pdf: bytes) -> bytes:
    """By a program that takes the seal off and keeps what is attached."""
    saved = io.BytesIO()
    pypdf.PdfWriter(clone_from=io.BytesIO(pdf)).write(saved)
    return saved.getvalue()


async def test_a_file_that_was_saved_anew_says_what_became_of_its_certificate(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    saved = saved_anew(await document(service, story))
    [certificate] = await service.certificates()
    link = f'<a href="/verify/{certificate["verification_token"]}">'
    page = await send(browser, saved)
    assert f"{link}valid</a>. Believe its page, not this file." in page.text
    assert "It is valid" not in page.text.partition("<form")[0], "what is seen in it may be anything"
    story.attendance(certificate["registration_id"], "day-2", present=False)
    await service.read_all(story)
    await service.work()
    assert f"{link}revoked</a>" in (await send(browser, saved)).text


async def test_the_file_of_an_erased_person_is_told_to_be_valid_no_more(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    pdf = await document(service, story)
    [certificate] = await service.certificates()
    story.erased(certificate["registration_id"])
    await service.read_all(story)
    await service.work()
    page = await send(browser, pdf)
    assert "The data about its holder were deleted, and the certificate with them." in page.text
    assert "It is valid" not in page.text.partition("<form")[0]


@pytest.mark.parametrize(("content", "status"), [(b"", 422), (b"x" * (MOST_BYTES + 1), 413)])
async def test_nothing_and_too_much_are_refused_with_a_word(
    service: Service, browser: httpx.AsyncClient, content: bytes, status: int
) -> None:
    page = await send(browser, content)
    assert page.status_code == status
    assert 'href="#file"' in page.text


async def test_a_form_without_a_file_is_refused_with_a_word(service: Service, browser: httpx.AsyncClient) -> None:
    for sent in ({"data": {"file": "not a file"}}, {"data": {"other": "x"}}, {"content": b"x", "headers": {"Content-Type": "text/plain"}}):
        page = await browser.post("/verify", **{"headers": ORIGIN, **sent})  # type: ignore[arg-type]
        assert page.status_code in {400, 422}


async def test_the_page_runs_no_script_but_its_own(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/verify")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    [source] = [part.split('"')[1] for part in page.text.split("<script src=")[1:]]
    script = await browser.get(source)
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]


def hostile(pdf: bytes, credential: bytes) -> bytes:
    """A PDF with something else in the place of its credential, saved anew."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    stream = writer.root_object["/AF"][0].get_object()["/EF"]["/F"].get_object()
    stream.set_data(credential)
    changed = io.BytesIO()
    writer.write(changed)
    return changed.getvalue()


async def test_a_hostile_credential_takes_neither_time_nor_the_process(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    pdf = await document(service, story)
    document_of = json.loads(await service.pool.fetchval("SELECT credential FROM documents"))
    endless = document_of | {"credentialSubject": document_of["credentialSubject"] | {"identifier": [{"type": "IdentityObject"}] * 40}}
    for credential in (json.dumps(endless).encode(), b"[" * 60_000, b"\xff\xfe" * 100, b"0" * 200_000):
        page = await send(browser, hostile(pdf, credential))
        assert page.status_code == 200
        assert page.text.count("It is valid") == 1, "the words that a script may show, and no verdict"
    assert "This is exactly the file that was issued" in (await send(browser, pdf)).text


async def test_a_withdrawn_seal_is_not_called_ours(service: Service, story: Story, keys: Path, tmp_path: Path) -> None:
    pdf = await document(service, story)
    await service.pool.execute("UPDATE certificates SET sha256 = repeat('0', 64)")
    copied = tmp_path / "withdrawn"
    shutil.copytree(keys, copied)
    withdraw_seal(copied, 1, now=datetime.now(UTC))
    with pytest.raises(KeysUnusableError, match="is withdrawn"):
        read_signing(copied)
    assert (await asyncio.to_thread(check, pdf, read_public(keys))).seal is Seal.INTACT
    assert (await asyncio.to_thread(check, pdf, read_public(copied))).seal is Seal.WITHDRAWN
    make_keys(copied, organisation="Council of Europe", public_url="https://atelier.example", now=datetime.now(UTC))
    assert (await asyncio.to_thread(check, pdf, read_public(copied))).seal is Seal.WITHDRAWN, "a renewal forgets no withdrawal"


async def test_another_seal_is_strange_though_it_rests_on_what_ours_rests_on(fonts: Path, keys: Path, tmp_path: Path) -> None:
    """A trust service provider has many customers, and its root is among those that are trusted."""
    others = tmp_path / "others"
    make_keys(others, organisation="Another customer", public_url="https://elsewhere.example", now=datetime.now(UTC))
    foreign = (await asyncio.to_thread(lambda: Producer(fonts, others).produce(order("Ana Kovač")))).pdf
    own = tmp_path / "own"
    shutil.copytree(keys, own)
    assert (await asyncio.to_thread(check, foreign, read_public(own))).seal is Seal.STRANGE, "another root"
    shutil.copyfile(others / "root.crt", own / "trusted-provider.crt")
    assert (await asyncio.to_thread(check, foreign, read_public(own))).seal is Seal.STRANGE, "another customer of a root that is trusted"
    shutil.copyfile(others / "seal-1.crt", own / "seal-2.crt")
    assert (await asyncio.to_thread(check, foreign, read_public(own))).seal is Seal.INTACT, "it is one of ours"


async def test_what_was_sealed_before_a_renewal_is_still_ours(service: Service, story: Story, keys: Path, tmp_path: Path) -> None:
    pdf, renewed = await document(service, story), tmp_path / "renewed"
    shutil.copytree(keys, renewed)
    make_keys(renewed, organisation="Council of Europe", public_url="https://atelier.example", now=datetime.now(UTC))
    for spent in ("seal-1.key", "credential-1.key"):
        (renewed / spent).unlink()
    found = await asyncio.to_thread(check, pdf, read_public(renewed))
    assert (found.seal, found.credential) == (Seal.INTACT, Credential.HOLDS)


async def test_few_wait_and_the_others_are_told(service: Service, app: FastAPI, browser: httpx.AsyncClient) -> None:
    app.state.queue = Queue(most=1)
    async with app.state.queue.place() as is_admitted:
        assert is_admitted
        page = await send(browser, b"%PDF-")
    assert page.status_code == 503
    assert "Send it again in a minute" in page.text
    assert (await send(browser, b"%PDF-")).status_code == 200


async def test_one_address_takes_not_all_places_in_the_queue(service: Service, app: FastAPI, browser: httpx.AsyncClient) -> None:
    limit, queue = int(service.settings.checking_limit.partition("/")[0]), app.state.queue
    other = httpx.ASGITransport(app, client=("192.0.2.9", 1))
    async with httpx.AsyncClient(transport=other, base_url="https://atelier.example") as somebody_else, asyncio.timeout(60):
        async with queue.place():  # none is looked at meanwhile
            sent = [asyncio.create_task(send(browser, b"%PDF-")) for _ in range(limit + 1)]
            refused, waiting = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            assert [(task.result().status_code, task.result().headers["retry-after"]) for task in refused] == [(429, "60")]
            assert (await browser.get("/verify")).status_code == 200, "pages are counted apart"
            theirs = asyncio.create_task(send(somebody_else, b"%PDF-"))
            await eventually(lambda: queue._there == limit + 2, what="all that are let in wait for their turn")
            for task in (theirs, *waiting):
                task.cancel()
            ends = await asyncio.gather(theirs, *waiting, return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError}


def test_a_list_that_is_none_is_refused_at_the_start(keys: Path, tmp_path: Path) -> None:
    copied = tmp_path / "keys"
    shutil.copytree(keys, copied)
    (copied / "root.crl").write_text("-----BEGIN X509 CRL-----")
    with pytest.raises(KeysUnusableError, match=r"root\.crl"):
        read_public(copied)
