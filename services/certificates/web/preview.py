"""What a certificate of this workshop looks like, with the longest name that is to stand on one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from services.certificates.document.render import Typesetter, UnsettableError
from services.certificates.document.wording import LANGUAGES, Award, Wording, word
from services.certificates.storage.registrations import find_longest_name
from services.certificates.storage.templates import Saved, read_templates
from services.certificates.web.office import At, Office, require_workshop
from shared.contracts.certificate_template import CertificateTemplate

T = TypeVar("T")
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
        return await self._set(lambda typesetter: typesetter.png(wording, pixels_per_inch=_PIXELS_PER_INCH))

    async def pdf(self, wording: Wording) -> bytes | None:
        """As it would be issued, but for credential and seal. None without fonts. Raises UnsettableError."""
        return await self._set(lambda typesetter: typesetter.pdf(wording))

    async def can_set(self, name: str) -> bool:
        """Whether the typeface has all of it; yes without fonts, as far as anybody knows."""
        return not await self._set(lambda typesetter: typesetter.missing_in(name))

    async def _set(self, how: Callable[[Typesetter], T]) -> T | None:
        if self._font_directory is None:
            return None
        async with self._one_at_a_time:
            if self._typesetter is None:
                self._typesetter = await asyncio.to_thread(Typesetter, self._font_directory)
            return await asyncio.to_thread(how, self._typesetter)


@router.get("/preview.png")
async def show(at: At, workshop_id: UUID, language: str = "") -> Response:
    """As a picture, with everybody present at everything, today."""
    previews: Previews = at.request.app.state.previews
    async with at.pool.acquire() as connection:
        saved = (await read_templates(connection, [workshop_id])).get(workshop_id, Saved())
    try:
        name = await _longest_name(at, workshop_id)
        picture = await previews.png(await _worded(at, workshop_id, name, language, saved.template, trainer=False))
    except UnsettableError as error:
        return Response(str(error), _CANNOT_BE_SET, media_type="text/plain; charset=utf-8")
    if picture is None:
        raise HTTPException(_NOT_FOUND)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})


async def draw(at: Office, workshop_id: UUID, language: str, template: CertificateTemplate, *, trainer: bool = False) -> bytes | None:
    """A certificate by this template, in one of their languages, else in the workshop's first. None without fonts; UnsettableError."""
    previews: Previews = at.request.app.state.previews
    name = await _longest_name(at, workshop_id)
    if not await previews.can_set(name):
        # That is about one certificate, and no template can help it
        name = _SAMPLE
    return await previews.png(await _worded(at, workshop_id, name, language, template, trainer=trainer))


async def try_out(at: Office, workshop_id: UUID, language: str, template: CertificateTemplate, *, trainer: bool) -> bool:
    """Make one as it would be issued. False without fonts; UnsettableError."""
    previews: Previews = at.request.app.state.previews
    name = await _longest_name(at, workshop_id)
    if not await previews.can_set(name):
        name = _SAMPLE
    return await previews.pdf(await _worded(at, workshop_id, name, language, template, trainer=trainer)) is not None


async def _longest_name(at: Office, workshop_id: UUID) -> str:
    async with at.pool.acquire() as connection:
        return await find_longest_name(connection, workshop_id) or _SAMPLE


async def _worded(at: Office, workshop_id: UUID, name: str, language: str, template: CertificateTemplate, *, trainer: bool) -> Wording:
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
    award = Award(
        name=name,
        language=language if language in LANGUAGES else workshop.languages[0],
        attended=frozenset(session.code for session in workshop.sessions),
        serial=_SERIAL,
        issued_at=at.now,
        token="",
        status_index=0,
        public_url=at.public_url,
        trainer=trainer,
    )
    return word(workshop, award, template)
