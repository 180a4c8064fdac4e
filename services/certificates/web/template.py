"""Where an organiser writes the template of a workshop's certificates, and sees at once what it looks like."""

import asyncio
import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from services.certificates.document.render import UnsettableError
from services.certificates.document.wording import LANGUAGES, usual_words
from services.certificates.domain.certificate_template import MOST_LOGOS, MOST_SIGNATORIES
from services.certificates.domain.refusals import RefusedError
from services.certificates.storage.templates import Saved, read_templates
from services.certificates.use_cases.save_template import save_template
from services.certificates.web.office import At, Office, require_workshop
from services.certificates.web.preview import draw, try_out
from services.certificates.web.template_form import Filled, read_form
from shared.contracts.certificate_template import Kind
from shared.web.security_headers import CONTENT_SECURITY_POLICY

router = APIRouter(prefix="/certificates", include_in_schema=False)

SCRIPT = (Path(__file__).parent / "scripts" / "template.js").read_bytes()
SCRIPT_PATH = f"/template/script/{hashlib.sha256(SCRIPT).hexdigest()[:16]}/template.js"
_MOST_BYTES = 20_000_000
_SECONDS = 120.0
"""In which a form must have come, and have been taken in."""
_TOO_LARGE, _WRONG, _CHANGED = 413, 422, 409
_HEADERS = {"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'", "Cache-Control": "no-store"}


@router.get(SCRIPT_PATH)
async def script() -> Response:
    """What shows the preview while the form is filled in."""
    return Response(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/workshops/{workshop_id}/template")
async def ask(at: At, workshop_id: UUID) -> Response:
    """The template as it is."""
    async with at.pool.acquire() as connection:
        saved = (await read_templates(connection, [workshop_id])).get(workshop_id, Saved())
    logos = [(logo, logo.alternative) for logo in saved.template.logos]
    return await _page(at, workshop_id, Filled(saved.template, saved.version, logos=logos))


@router.post("/workshops/{workshop_id}/template.png")
async def preview(at: At, workshop_id: UUID) -> Response:
    """A picture of what was filled in, or why there is none."""
    filled, shown = await _filled(at.request)
    picture, problem = await _draw(at, workshop_id, filled, shown)
    if picture is None:
        return Response(problem, _WRONG, media_type="text/plain; charset=utf-8")
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})


@router.post("/workshops/{workshop_id}/template")
async def save(at: At, workshop_id: UUID) -> Response:
    """Save it, or only show it. A template with which no certificate can be set is not saved."""
    filled, shown = await _filled(at.request)
    if shown.only or filled.errors:
        return await _page(at, workshop_id, filled, 200 if shown.only else _WRONG, shown=shown)
    for each in (_Shown(language, trainer=trainer) for trainer in (False, True) for language in LANGUAGES):
        if problem := await _try(at, workshop_id, filled, each):
            filled.errors["form"] = problem
            return await _page(at, workshop_id, filled, _WRONG, shown=each)
    try:
        async with at.pool.acquire() as connection, connection.transaction():
            await require_workshop(connection, workshop_id)
            await save_template(connection, workshop_id, filled.template, seen=filled.version, by=at.organiser, now=at.now)
    except RefusedError:
        filled.errors["form"] = "changed_meanwhile"
        return await _page(at, workshop_id, filled, _CHANGED, shown=shown)
    return RedirectResponse(f"/certificates/workshops/{workshop_id}", 303)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the preview shows: a language, and whether a trainer's certificate; `only`: nothing is to be saved."""

    language: str = ""
    trainer: bool = False
    only: bool = False


async def _filled(request: Request) -> tuple[Filled, _Shown]:
    # Before anything of it is read
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _MOST_BYTES:
        raise HTTPException(_TOO_LARGE)
    one_at_a_time: asyncio.Lock = request.app.state.template_forms
    async with asyncio.timeout(_SECONDS), request.form(max_files=MOST_LOGOS, max_fields=100) as form:
        shown = _Shown(str(form.get("shown", "")), trainer="shown-trainer" in form, only="preview" in form)
        # Only once all of it is here: nobody waits for somebody's slow line
        async with one_at_a_time:
            return await read_form(form), shown


async def _draw(at: Office, workshop_id: UUID, filled: Filled, shown: _Shown) -> tuple[bytes | None, str]:
    try:
        return await draw(at, workshop_id, shown.language, filled.template, trainer=shown.trainer), ""
    except UnsettableError as error:
        return None, str(error)


async def _try(at: Office, workshop_id: UUID, filled: Filled, shown: _Shown) -> str:
    """Why no certificate can be made like this; empty where one can."""
    try:
        tried = await try_out(at, workshop_id, shown.language, filled.template, trainer=shown.trainer)
    except UnsettableError as error:
        return str(error)
    return "" if tried else "untried"


def _places(filled: Filled) -> int:
    """For so many logos there is a place to be seen at once."""
    used = (number for number, (logo, words) in enumerate(filled.logos, 1) if logo or words or f"logo-{number}" in filled.errors)
    return max(used, default=1)


async def _page(at: Office, workshop_id: UUID, filled: Filled, status: int = 200, *, shown: _Shown = _Shown()) -> Response:
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
    picture, unset = await _draw(at, workshop_id, filled, shown)
    context: dict[str, Any] = {
        "workshop": workshop,
        "design": filled.template,
        "version": filled.version,
        "errors": {name: code for name, code in filled.errors.items() if name != "form"},
        "problem": filled.errors.get("form", ""),
        "unset": unset,
        "picture": base64.b64encode(picture).decode() if picture else "",
        "shown": next((code for code in (shown.language, *workshop.languages) if code in LANGUAGES), LANGUAGES[0]),
        "languages": LANGUAGES,
        "usual": {kind: {language: usual_words(kind, language) for language in LANGUAGES} for kind in Kind},
        "trainer": Kind.TRAINER,
        "shown_trainer": shown.trainer,
        "logos": [*filled.logos, *[(None, "")] * MOST_LOGOS][:MOST_LOGOS],
        "places": _places(filled),
        "signatories": MOST_SIGNATORIES,
        "trainer_errors": any(name.startswith("trainer-") for name in filled.errors),
        "back": f"/certificates/workshops/{workshop_id}",
        "script": f"{router.prefix}{SCRIPT_PATH}",
    }
    return at.page("certificate_template.html", status, headers=_HEADERS, **context)
