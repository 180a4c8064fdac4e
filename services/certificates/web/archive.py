"""All certificates of a workshop in one file, written while it is sent: however many there are, a few are in memory."""

import io
import zipfile
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from services.certificates.storage import audit_log
from services.certificates.storage.documents import Issued, read_issued
from services.certificates.web.office import At, require_workshop
from shared.runtime.database import Pool

router = APIRouter(prefix="/certificates/workshops/{workshop_id}", include_in_schema=False)

_NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', " "))
"""What a file's name cannot have on one system or another."""
_MOST_LETTERS = 80


class _Sent(io.RawIOBase):
    """What was written since it was last taken. It cannot be gone back in, so sizes follow each file."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: bytes, /) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._parts.append(bytes(content))
        return len(content)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


@router.get("/certificates.zip")
async def download_all(at: At, workshop_id: UUID) -> StreamingResponse:
    """Every certificate that is valid at this moment."""
    async with at.pool.acquire() as connection, connection.transaction():
        workshop = await require_workshop(connection, workshop_id)
        await audit_log.note(connection, "certificates.download", by=at.organiser, at=at.now, workshop_id=workshop_id)
    headers = {"Content-Disposition": f'attachment; filename="certificates-{workshop.slug}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(_zipped(at.pool, workshop_id), media_type="application/zip", headers=headers)


async def _zipped(pool: Pool, workshop_id: UUID) -> AsyncIterator[bytes]:
    sent = _Sent()
    with zipfile.ZipFile(sent, "w") as archive:  # stored: a PDF is compressed already
        after = ""
        while portion := await _read(pool, workshop_id, after):
            for issued in portion:
                archive.writestr(zipfile.ZipInfo(_file_name(issued), issued.issued_at.timetuple()[:6]), issued.pdf)
                yield sent.take()
            after = portion[-1].serial
    yield sent.take()


async def _read(pool: Pool, workshop_id: UUID, after: str) -> list[Issued]:
    # A connection for as long as it reads: whoever downloads may be slow, and others wait for connections
    async with pool.acquire() as connection:
        return await read_issued(connection, workshop_id, after=after)


def _file_name(issued: Issued) -> str:
    name = " ".join(issued.name.translate(_NOT_IN_NAMES).split())[:_MOST_LETTERS].strip(" .")
    return f"{issued.serial} {name}.pdf"
