"""PDF files out to a folder and back: only the very bytes that were issued are taken; a lost one is replaced only when asked."""

from pathlib import Path

import httpx

from services.certificates.document.folder import DocumentFolder
from services.certificates.storage import documents
from services.certificates.use_cases.replace_without_document import replace_without_document
from services.certificates.use_cases.restore_documents import restore_documents
from tests.component.certificates.story import NOW, WORKSHOP, Service, Story, workshop_record
from tests.component.certificates.visits import signed_in
from tests.validators.tampering import one_byte_changed


async def issued(service: Service) -> dict[str, bytes]:
    """Two certificates, by serial."""
    story = Story()
    story.workshop(workshop_record())
    for number, name in enumerate(("Ana Kovač", "Ben Hoxha"), 1):
        story.person(number, name, attended=["day-1", "day-2"])
    story.completed()
    await service.read_all(story)
    await service.work()
    rows = await service.pool.fetch("SELECT c.serial, d.pdf FROM certificates c JOIN documents d USING (registration_id, edition)")
    assert len(rows) == 2
    return {row["serial"]: row["pdf"] for row in rows}


async def test_only_the_bytes_that_were_issued_come_back(service: Service, tmp_path: Path) -> None:
    (ana, kept), (ben, other) = (await issued(service)).items()
    folder = DocumentFolder(tmp_path)
    folder.save(ana, kept)
    folder.save(ben, one_byte_changed(other))
    await service.pool.execute("DELETE FROM documents")
    async with service.pool.acquire() as connection, connection.transaction():
        restored, missing = await restore_documents(connection, folder.find)
        assert restored == 1
        assert [one.serial for one in missing] == [ben]
        assert await documents.read_pdf(connection, ana) == kept
        assert await documents.read_pdf(connection, ben) is None
    (tmp_path / f"{missing[0].sha256}.pdf").write_bytes(other)
    async with service.pool.acquire() as connection, connection.transaction():
        assert await restore_documents(connection, folder.find) == (1, [])
        assert await documents.read_pdf(connection, ben) == other


async def test_a_lost_document_is_replaced_by_the_next_edition_only_when_asked(service: Service, browser: httpx.AsyncClient) -> None:
    (ana, _), (ben, _) = (await issued(service)).items()
    await service.pool.execute(
        "DELETE FROM documents d USING certificates c WHERE c.registration_id = d.registration_id AND c.serial = $1", ana
    )
    await service.work()
    assert {row["serial"] for row in await service.certificates()} == {ana, ben}, "nothing is replaced by itself"
    async with service.pool.acquire() as connection, connection.transaction():
        assert await replace_without_document(connection, now=NOW) == 1
        assert await replace_without_document(connection, now=NOW) == 0
    await service.work()
    page = (await browser.get(f"/certificates/workshops/{WORKSHOP}", headers=signed_in())).text.partition('id="done"')[2]
    for words in ("an operator", "replaced one that had lost its document", ana):
        assert words in page
    found = {(row["edition"], row["state"]): row for row in await service.certificates() if row["serial"] != ben}
    assert set(found) == {(1, "superseded"), (2, "issued")}
    assert found[1, "superseded"]["superseded_by"] == found[2, "issued"]["serial"]
    assert [event.type for event in await service.published()].count("certificate.superseded.v1") == 1
