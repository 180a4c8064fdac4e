"""Time-stamps of an authority: what validators make of them, and what happens while there is none to be had."""

import asyncio
import hashlib
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pypdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import InvisSigSettings
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps import HTTPTimeStamper
from pypdf.generic import NameObject, TextStringObject

from services.certificates.document.augment import Augmenter, Authority, AuthorityUnavailableError
from services.certificates.document.check import Seal, check
from services.certificates.document.folder import DocumentFolder
from services.certificates.document.keys import read_public
from services.certificates.document.making_keys import withdraw_seal
from services.certificates.storage import documents
from services.certificates.use_cases.restore_documents import restore_documents
from services.certificates.worker_app import find_augmenting
from tests.component.certificates.authority import TimeStampAuthority, authority
from tests.component.certificates.story import Service, Story
from tests.component.certificates.visits import issued
from tests.validators import dss, pdfsig, verapdf
from tests.validators.tampering import painted_over
from tests.waiting import eventually


@pytest.fixture(scope="module")
def clock() -> Iterator[TimeStampAuthority]:
    with authority() as made:
        yield made


@pytest.fixture
def stamping(keys: Path, clock: TimeStampAuthority, tmp_path: Path) -> Path:
    """The keys of the service, which knows the authority's root."""
    copied = shutil.copytree(keys, tmp_path / "stamping")
    (copied / "time-clock.crt").write_bytes(clock.root)
    return copied


@pytest.fixture
def service(service: Service, clock: TimeStampAuthority, stamping: Path) -> Iterator[Service]:
    """With an authority to ask."""
    settings = service.settings.model_copy(update={"time_stamp_authority": clock.url, "keys_directory": stamping})
    clock.away = False
    process = find_augmenting(settings)
    assert process
    yield Service(service.pool, settings, service.renderer, process)
    process.close()


async def handed_out(service: Service) -> bytes:
    [certificate] = await service.certificates()
    async with service.pool.acquire() as connection:
        pdf = await documents.read_pdf(connection, certificate["serial"])
    assert pdf
    return pdf


async def test_a_stamped_certificate_proves_itself_with_nothing_but_the_roots(
    service: Service, story: Story, stamping: Path, clock: TimeStampAuthority, tmp_path: Path
) -> None:
    certificate = await issued(service, story)
    before = await service.pool.fetchval("SELECT pdf FROM documents")
    stamped = await handed_out(service)
    assert stamped.startswith(before)
    assert len(stamped) > len(before)
    assert hashlib.sha256(before).hexdigest() == certificate["sha256"], "what was told of it stays true"
    document = tmp_path / "stamped.pdf"
    document.write_bytes(stamped)
    judged = await asyncio.to_thread(dss.judge, [document], root=stamping / "root.crt", of_time=stamping / "time-clock.crt")
    verdict = judged["stamped.pdf"]
    assert verdict is not None
    assert (verdict.passed, verdict.level) == (True, "PAdES-BASELINE-LTA"), verdict
    assert await asyncio.to_thread(verapdf.refused, [document]) == {}
    assert (await asyncio.to_thread(check, stamped, read_public(stamping))).seal is Seal.INTACT


async def test_what_shows_pdf_files_on_linux_still_takes_the_seal(service: Service, story: Story, stamping: Path, tmp_path: Path) -> None:
    pdfsig.skip_without()
    await issued(service, story)
    document = tmp_path / "stamped.pdf"
    document.write_bytes(await handed_out(service))
    judged = await asyncio.to_thread(pdfsig.judge, [document], root=stamping / "root.crt", revoked=stamping / "root.crl")
    assert judged["stamped.pdf"].passed


async def test_it_is_known_with_and_without_the_stamp(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    certificate = await issued(service, story)
    before, after = await service.pool.fetchval("SELECT pdf FROM documents"), await handed_out(service)
    for pdf in (before, after):
        known = await browser.get(f"/verify/known/{hashlib.sha256(pdf).hexdigest()}")
        assert known.json() == {"state": "valid", "page": f"/verify/{certificate['verification_token']}"}
    assert (await browser.get(f"/certificates/{certificate['verification_token']}.pdf")).content == after


async def test_certificates_are_handed_out_while_the_authority_is_away_and_stamped_when_it_is_back(
    service: Service, story: Story, clock: TimeStampAuthority
) -> None:
    clock.away = True
    with pytest.raises(AuthorityUnavailableError):
        await issued(service, story)
    [certificate] = await service.certificates()
    assert certificate["state"] == "issued"
    assert await handed_out(service) == await service.pool.fetchval("SELECT pdf FROM documents")
    clock.away = False
    await service.work()
    assert len(await handed_out(service)) > len(await service.pool.fetchval("SELECT pdf FROM documents"))
    asked = clock.asked
    await service.work()
    assert clock.asked == asked, "once is enough"


async def test_nobody_waits_for_an_authority_that_keeps_others_waiting(service: Service, story: Story, clock: TimeStampAuthority) -> None:
    clock.away = True
    with pytest.raises(AuthorityUnavailableError):
        await issued(service, story)
    clock.away = False
    clock.free.clear()
    waiting = asyncio.create_task(service.jobs["augment_certificates"].run())
    try:
        await eventually(lambda: clock.waiting > 0, within=30, what="the authority to be asked")
        story.person(2, "Ben Hoxha", attended=("day-1", "day-2"))
        await service.read_all(story)
        await service.apply_rule()
        while await service.jobs["issue_certificates"].run():
            pass
        assert [row["state"] for row in await service.certificates()] == ["issued", "issued"]
        assert not waiting.done()
    finally:
        clock.free.set()
    assert await waiting


async def test_an_erased_person_gets_no_stamp(service: Service, story: Story, clock: TimeStampAuthority) -> None:
    clock.away = True
    with pytest.raises(AuthorityUnavailableError):
        await issued(service, story)
    [certificate] = await service.certificates()
    clock.away = False
    story.erased(certificate["registration_id"])
    await service.read_all(story)
    await service.work()
    assert await service.pool.fetchval("SELECT count(*) FROM documents") == 0


async def test_a_backup_has_the_stamp_and_gives_it_back(service: Service, story: Story, tmp_path: Path) -> None:
    [serial] = [(await issued(service, story))["serial"]]
    stamped = await handed_out(service)
    folder = DocumentFolder(tmp_path / "backup")
    for saved, restored in ((stamped, stamped), (painted_over(stamped), await service.pool.fetchval("SELECT pdf FROM documents"))):
        folder.save(serial, saved)
        await service.pool.execute("DELETE FROM documents")
        async with service.pool.acquire() as connection, connection.transaction():
            assert await restore_documents(connection, folder.find) == (1, [])
            assert await documents.read_pdf(connection, serial) == restored, "what follows the seal is taken if it is proof"


async def test_a_stamp_that_nobody_knows_here_is_still_told_from_a_change(
    service: Service, story: Story, stamping: Path, browser: httpx.AsyncClient
) -> None:
    await issued(service, story)
    stamped = await handed_out(service)
    await service.pool.execute("UPDATE documents SET augmentation = NULL, augmented_sha256 = NULL")
    page = await browser.post(
        "/verify", files={"file": ("c.pdf", stamped, "application/pdf")}, headers={"Origin": "https://atelier.example"}
    )
    assert "The seal is ours, nothing was changed since, and the certificate is valid." in page.text
    for change in (painted_over, renamed, with_a_field_that_is_seen):
        assert (await asyncio.to_thread(check, change(stamped), read_public(stamping))).seal is Seal.CHANGED, change.__name__


async def test_a_change_that_somebody_had_stamped_is_a_change(stamping: Path, clock: TimeStampAuthority, handed: bytes) -> None:
    for change in (renamed, painted_over):
        file = io.BytesIO(change(handed))
        stamper = PdfTimeStamper(HTTPTimeStamper(clock.url), "Other", InvisSigSettings(box_out_of_bounds=True))
        await stamper.async_timestamp_pdf(IncrementalPdfFileWriter(file), "sha256", in_place=True)
        assert (await asyncio.to_thread(check, file.getvalue(), read_public(stamping))).seal is Seal.CHANGED, change.__name__


def renamed(pdf: bytes) -> bytes:
    """With another title in a later version, where a program shows it above the window."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf), incremental=True)
    writer.add_metadata({"/Title": "Doctor of Philosophy"})
    changed = io.BytesIO()
    writer.write(changed)
    assert changed.getvalue().startswith(pdf)
    return changed.getvalue()


def with_a_field_that_is_seen(pdf: bytes) -> bytes:
    """The field of the time-stamp, in a later version, over the name."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf), incremental=True)
    [stamp] = [found for found in writer.pages[0]["/Annots"] if found.get_object().get("/T") == "Time"]
    stamp.get_object()[NameObject("/Rect")] = pypdf.generic.RectangleObject((80, 300, 580, 420))
    stamp.get_object()[NameObject("/TU")] = TextStringObject("seen")
    changed = io.BytesIO()
    writer.write(changed)
    assert changed.getvalue().startswith(pdf)
    return changed.getvalue()


def test_an_authority_whose_root_is_another_is_refused_and_one_without_root_gives_the_moment_alone(
    clock: TimeStampAuthority, stamping: Path, keys: Path, handed: bytes, tmp_path: Path
) -> None:
    with authority() as stranger:
        [problem] = Augmenter(Authority(stranger.url), stamping).augment([handed])
    assert isinstance(problem, str)
    [appended] = Augmenter(Authority(clock.url), keys).augment([handed])
    assert isinstance(appended, bytes)
    document = tmp_path / "stamped.pdf"
    document.write_bytes(handed + appended)
    verdict = dss.judge([document], root=keys / "root.crt", revoked=keys / "root.crl", of_time=stamping / "time-clock.crt")
    assert verdict["stamped.pdf"] is not None
    assert verdict["stamped.pdf"].level == "PAdES-BASELINE-T"


def test_a_withdrawn_seal_is_not_proven(clock: TimeStampAuthority, stamping: Path, handed: bytes) -> None:
    withdraw_seal(stamping, 1, now=datetime.now(UTC))
    [problem] = Augmenter(Authority(clock.url), stamping).augment([handed])
    assert isinstance(problem, str)
    assert "revoked" in problem


def test_an_authority_that_answers_with_another_certificate_is_understood_at_the_second_time(
    clock: TimeStampAuthority, stamping: Path, handed: bytes
) -> None:
    augmenter = Augmenter(Authority(clock.url), stamping)
    assert isinstance(augmenter.augment([handed])[0], bytes)
    clock.renew()
    found = [augmenter.augment([handed])[0] for _ in range(2)]
    assert isinstance(found[-1], bytes), found


def test_name_and_password_are_given(keys: Path, handed: bytes) -> None:
    with authority() as made:
        made.password = "YXRlbGllcjpzZWNyZXQ="
        with pytest.raises(AuthorityUnavailableError):
            Augmenter(Authority(made.url), keys).augment([handed])
        assert isinstance(Augmenter(Authority(made.url, "atelier", "secret"), keys).augment([handed])[0], bytes)


@pytest.fixture(scope="module")
def handed(fonts: Path, keys: Path) -> bytes:
    """A sealed certificate."""
    from services.certificates.document.produce import Producer  # noqa: PLC0415 - a compiler in this process, for these tests alone
    from tests.component.certificates.wordings import order  # noqa: PLC0415

    return Producer(fonts, keys).produce(order("Ana Kovač")).pdf
