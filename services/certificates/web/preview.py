"""What a certificate of this workshop looks like, with the longest name that is to stand on one."""

import asyncio
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from services.certificates.document.render import Typesetter, UnsettableError
from services.certificates.document.wording import LANGUAGES, Award, Wording, word
from services.certificates.storage.registrations import find_longest_name
from services.certificates.web.office import At, require_workshop

router = APIRouter(prefix="/certificates/workshops/{workshop_id}", include_in_schema=False)

_NOT_FOUND, _CANNOT_BE_SET = 404, 422
_PIXELS_PER_INCH = 110.0
_SAMPLE = "Ana-Marija Ђорђевић"
"""Where nobody is known yet: Latin and Cyrillic."""
_SERIAL = "ATL-0000-0000-0000"


class Previews:
    """A compiler of this process, made for the first preview. One page is set at a time, beside the loop.

    Args:
        font_directory: as the worker has it; without it there are no previews.
    """

    def __init__(self, font_directory: Path | None) -> None:
        self._font_directory = font_directory
        self._typesetter: Typesetter | None = None
        self._one_at_a_time = asyncio.Lock()

    async def png(self, wording: Wording) -> bytes | None:
        """None without fonts. Raises UnsettableError."""
        if self._font_directory is None:
            return None
        async with self._one_at_a_time:
            if self._typesetter is None:
                self._typesetter = await asyncio.to_thread(Typesetter, self._font_directory)
            return await asyncio.to_thread(self._typesetter.png, wording, pixels_per_inch=_PIXELS_PER_INCH)


@router.get("/preview.png")
async def show(at: At, workshop_id: UUID, language: str = "") -> Response:
    """As a picture, with everybody present at everything, today."""
    previews: Previews = at.request.app.state.previews
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
        name = await find_longest_name(connection, workshop_id)
    award = Award(
        name=name or _SAMPLE,
        language=language if language in LANGUAGES else workshop.languages[0],
        attended=frozenset(session.code for session in workshop.sessions),
        serial=_SERIAL,
        issued_at=at.now,
        token="",
        status_index=0,
        public_url=at.public_url,
    )
    try:
        picture = await previews.png(word(workshop, award))
    except UnsettableError as error:
        return Response(str(error), _CANNOT_BE_SET, media_type="text/plain; charset=utf-8")
    if picture is None:
        raise HTTPException(_NOT_FOUND)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})
